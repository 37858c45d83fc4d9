import { createHash } from 'node:crypto';
import {
  type Checkpoint,
  CheckpointNotInLog,
  type EventStore,
  type RecordedEvent,
  type StreamSettings,
} from '@mission-control/event-store';
import { checkpointIn, holdsCheckpoints } from '../copy/checkpoints.ts';
import { isMarkOfCopy } from '../log/mark-restored.ts';
import { copiedEvents, copiedSettings } from '../log/own-streams.ts';

export interface Comparison {
  /** What differs first; null: nothing. */
  readonly difference: string | null;
  /** Visible events that are the same in both logs. */
  readonly events: number;
  /** SHA-256 over ids, types, streams, revisions, data and metadata of these events in order, hex. The same for both logs. */
  readonly digest: string;
  readonly tombstones: number;
  /** Events of the copy that have become too old in the source since they were copied. */
  readonly expiredMeanwhile: number;
}

/** @param compared called now and then with the number of events so far, and the position of the last one in the source */
export const compareLogs = async (
  source: EventStore,
  copy: EventStore,
  compared: (events: number, position: bigint) => void = () => {},
): Promise<Comparison> => {
  const [settings, settingsOfCopy] = [await copiedSettings(source), await copiedSettings(copy)];
  const { difference, ...events } = await compareEvents(source, copy, settings, compared);
  return {
    ...events,
    difference: difference ?? compareSettings(settings, settingsOfCopy),
    tombstones: [...settings.values()].filter(({ tombstoned }) => tombstoned).length,
  };
};

const tellEvery = 1_000;

const compareEvents = async (
  source: EventStore,
  copy: EventStore,
  settings: ReadonlyMap<string, StreamSettings>,
  compared: (events: number, position: bigint) => void,
) => {
  const incarnation = (await source.head())?.incarnation ?? '';
  const left = copiedEvents(source);
  const digest = createHash('sha256');
  let events = 0;
  let expiredMeanwhile = 0;
  const result = (difference: string | null) => ({
    difference,
    events,
    expiredMeanwhile,
    digest: digest.digest('hex'),
  });
  try {
    let original = await next(left);
    for await (const copied of copiedEvents(copy)) {
      const line = original && lineOf(original);
      if (original && line === lineOf(copied)) {
        if (checkpointIn(original, incarnation) && !(await isInLog(copy, copied)))
          return result(`${nameOf(copied)} names a position that is not in the copy`);
        digest.update(`${line}\n`);
        events += 1;
        if (events % tellEvery === 0) compared(events, original.position);
        original = await next(left);
      } else if (await hasExpired(source, settings, copied)) {
        expiredMeanwhile += 1;
      } else if (!isMarkOfCopy(copied)) {
        return result(
          original
            ? `${nameOf(original)} is ${nameOf(copied)} in the copy`
            : `only the copy has ${nameOf(copied)}`,
        );
      }
    }
    return result(original ? `the copy does not have ${nameOf(original)}` : null);
  } finally {
    await left.return();
  }
};

const next = async (events: AsyncGenerator<RecordedEvent, void>): Promise<RecordedEvent | undefined> =>
  (await events.next()).value ?? undefined;

const nameOf = ({ stream, revision, type, id }: RecordedEvent): string =>
  `${type} ${id} (${stream}@${revision})`;

/** Checkpoints are translated, so their data differs. */
const lineOf = ({ id, type, stream, revision, data, metadata }: RecordedEvent): string =>
  JSON.stringify([id, type, stream, revision, holdsCheckpoints(stream) ? null : data, metadata]);

const hasExpired = async (
  source: EventStore,
  settings: ReadonlyMap<string, StreamSettings>,
  { stream, revision }: RecordedEvent,
): Promise<boolean> =>
  settings.get(stream)?.metadata.maxAgeSeconds !== undefined &&
  (await source.readEvent(stream, revision)) === 'gone';

/** Whether a reader can continue from the checkpoint that the event holds. */
const isInLog = async (store: EventStore, { data }: RecordedEvent): Promise<boolean> => {
  const { incarnation, position, eventId } = data as Record<keyof Checkpoint, string>;
  const from = { incarnation, position: BigInt(position), eventId };
  const stop = new AbortController();
  try {
    for await (const _ of store.subscribeToAll({ from, signal: stop.signal })) break;
    return true;
  } catch (error) {
    if (error instanceof CheckpointNotInLog) return false;
    throw error;
  } finally {
    stop.abort();
  }
};

const compareSettings = (
  settings: ReadonlyMap<string, StreamSettings>,
  ofCopy: ReadonlyMap<string, StreamSettings>,
): string | null => {
  for (const { stream, tombstoned, metadata } of settings.values()) {
    const copied = ofCopy.get(stream);
    if (tombstoned !== (copied?.tombstoned ?? false))
      return `${stream} is tombstoned in only one of the logs`;
    if (tombstoned) continue;
    for (const name of ['maxCount', 'maxAgeSeconds'] as const)
      if (metadata[name] !== copied?.metadata[name]) return `${stream} has another ${name} in the copy`;
  }
  for (const { stream, tombstoned } of ofCopy.values())
    if (tombstoned && !settings.get(stream)?.tombstoned)
      return `${stream} is tombstoned in only one of the logs`;
  return null;
};
