import { CheckpointNotInLog } from '../errors.ts';
import type { Checkpoint } from '../port.ts';
import type { LogHead } from './log-head.ts';
import type { LogPage } from './read-log.ts';

export const checkpointAt = (
  incarnation: string,
  { position, id }: { readonly position: string; readonly id: string },
): Checkpoint => ({ incarnation, position: BigInt(position), eventId: id });

/** A page begins with the reader's position, so a log that was cut or replaced in the meantime is detected, whichever server answers. */
export const afterAnchor = (at: Checkpoint | null, page: LogPage): LogPage => {
  if (at === null) return page;
  const [anchor, ...rows] = page.rows;
  if (anchor === undefined || BigInt(anchor.position) !== at.position || anchor.id !== at.eventId) {
    throw notInLog(at, 'there is another event at this position');
  }
  return { ...page, rows };
};

/** @throws CheckpointNotInLog */
export const requirePlace = (at: Checkpoint | null, head: LogHead): void => {
  if (at === null) return;
  if (at.incarnation !== head.incarnation) throw notInLog(at, `the log is ${head.incarnation}`);
  if (head.last === null || at.position > head.last.position)
    throw notInLog(at, 'the log ends before this position');
  if (at.position === head.last.position && at.eventId !== head.last.eventId) {
    throw notInLog(at, 'there is another event at this position');
  }
};

const notInLog = (at: Checkpoint, why: string): CheckpointNotInLog =>
  new CheckpointNotInLog(
    `checkpoint ${at.position} (event ${at.eventId}, log ${at.incarnation}) is not in the log: ${why}`,
  );
