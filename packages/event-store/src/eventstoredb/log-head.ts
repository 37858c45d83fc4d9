import { CheckpointNotInLog } from '../errors.ts';
import type { Checkpoint, Position, RecordedEvent } from '../port.ts';
import type { Connection, ConnectionLink } from './connection.ts';
import { isInvalidPosition } from './errors.ts';
import { readPage } from './read-page.ts';
import { consumersStreams, logRequest } from './requests.ts';

/** Milliseconds. */
const deadline = 30_000;

/**
 * The last event of the streams that consumers may read, including hidden events and tombstones; null when there is none.
 * System events are left out: they are appended all the time and are no useful head.
 */
export const readHead = async (connection: Connection, link: ConnectionLink): Promise<Checkpoint | null> => {
  const request = logRequest({ from: 'end', direction: 'backwards', count: 1, filter: consumersStreams });
  const [last] = (await readPage(connection, link.streams, request, deadline)).events;
  return last === undefined
    ? null
    : { incarnation: link.incarnation, position: last.position, eventId: last.id };
};

/** The position of the last event of any kind. */
export const lastPosition = async (
  connection: Connection,
  link: ConnectionLink,
): Promise<Position | undefined> => {
  const request = logRequest({ from: 'end', direction: 'backwards', count: 1 });
  return (await readPage(connection, link.streams, request, deadline)).events[0]?.position;
};

/** The event at exactly this position; undefined if it was scavenged. */
export const eventAt = async (
  connection: Connection,
  link: ConnectionLink,
  position: Position,
): Promise<RecordedEvent | undefined> => {
  const request = logRequest({ from: position, direction: 'forwards', count: 1 });
  const { events } = await readPage(connection, link.streams, request, deadline);
  return events.find((event) => event.position === position);
};

/**
 * A log that was replaced has another incarnation. A log that was cut ends before the position or has another event there. If
 * there is no event at the position any more, a scavenge has removed a hidden one. @throws CheckpointNotInLog
 */
export const verifyCheckpoint = async (
  connection: Connection,
  link: ConnectionLink,
  at: Checkpoint,
): Promise<void> => {
  if (at.incarnation !== link.incarnation) throw notInLog(at, `the log is ${link.incarnation}`);
  const end = await lastPosition(connection, link);
  if (end === undefined || at.position > end) throw notInLog(at, 'the log ends before this position');
  const request = logRequest({ from: at.position, direction: 'forwards', count: 1 });
  const { events } = await readPage(connection, link.streams, request, deadline).catch((error: unknown) => {
    throw isInvalidPosition(error) ? notInLog(at, 'no event begins at this position') : error;
  });
  const [there] = events;
  if (there?.position === at.position && there.id !== at.eventId) {
    throw notInLog(at, 'there is another event at this position');
  }
};

const notInLog = (at: Checkpoint, why: string): CheckpointNotInLog =>
  new CheckpointNotInLog(
    `checkpoint ${at.position} (event ${at.eventId}, log ${at.incarnation}) is not in the log: ${why}`,
  );
