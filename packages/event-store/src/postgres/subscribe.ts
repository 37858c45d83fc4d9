import { setTimeout as delay } from 'node:timers/promises';
import { CheckpointNotInLog, EventStoreUnavailable } from '../errors.ts';
import type { EventStoreLog } from '../log.ts';
import type { Checkpoint, EventFilter, SubscribeOptions, SubscriptionMessage } from '../port.ts';
import { type LogHead, readHead } from './log-head.ts';
import { toRecordedEvent } from './page.ts';
import { type LogPage, readLogPage } from './read-log.ts';
import type { ReadPool } from './read-pool.ts';
import type { TailListener } from './tail-listener.ts';

/** Milliseconds. A connection loss that lasts longer than `patience` is thrown. */
const patience = 30_000;
const firstRetry = 100;
const longestRetry = 2_000;
/** Minimum time between two reads when the last one yielded nothing: a filter that excludes a busy log costs little. */
const quietPause = 10;

export interface SubscriptionSource {
  readonly pool: ReadPool;
  readonly quotedSchema: string;
  readonly listener: TailListener;
  readonly log: EventStoreLog;
}

/**
 * A subscription works in rounds: read the head, read pages up to it, yield `caught_up`, wait for a notification. Every page
 * begins with the reader's position, so a log that was cut or replaced in the meantime is detected, whichever server answers.
 */
export async function* subscribeToAll(
  source: SubscriptionSource,
  { from, filter }: SubscribeOptions,
  signal: AbortSignal,
): AsyncGenerator<SubscriptionMessage, void> {
  let at: Checkpoint | null = typeof from === 'string' ? null : from;
  let begun = from !== 'end';
  let told = false;
  while (!signal.aborted) {
    const heard = source.listener.listen();
    const head: LogHead | undefined = await patiently(source.log, signal, () =>
      readHead(source.pool, source.quotedSchema),
    );
    if (head === undefined) return;
    if (!begun) at = head.last;
    begun = true;
    checkPlace(at, head);
    const target = head.last;
    let shown = false;
    const start = at;
    while (target !== null && (at?.position ?? 0n) < target.position) {
      const before: Checkpoint | null = at;
      const page: LogPage | undefined = await patiently(source.log, signal, () =>
        pageAfter(source, before, target, filter),
      );
      if (page === undefined) return;
      let yielded = false;
      for (const row of page.rows) {
        at = { incarnation: head.incarnation, position: BigInt(row.position), eventId: row.id };
        yielded = row.shown;
        if (!row.shown) continue;
        shown = true;
        yield { kind: 'event', event: toRecordedEvent(row), checkpoint: at };
        if (signal.aborted) return;
      }
      if (page.complete && at?.position !== target.position) {
        at = target;
        yielded = false;
      }
      if (!yielded && at !== null) yield { kind: 'checkpoint', checkpoint: at };
      if (signal.aborted) return;
    }
    if (!told || at?.position !== start?.position) yield { kind: 'caught_up', checkpoint: at };
    told = true;
    if (!shown) await pause(quietPause, signal);
    await source.listener.changed(heard, signal);
  }
}

const pageAfter = async (
  { pool, quotedSchema }: SubscriptionSource,
  at: Checkpoint | null,
  target: Checkpoint,
  filter: EventFilter | undefined,
): Promise<LogPage> => {
  const page = await readLogPage(pool, quotedSchema, {
    from: at?.position ?? 0n,
    upTo: target.position,
    direction: 'forwards',
    filter,
  });
  if (at === null) return page;
  const [anchor, ...rows] = page.rows;
  if (anchor === undefined || BigInt(anchor.position) !== at.position || anchor.id !== at.eventId) {
    throw notInLog(at, 'there is another event at this position');
  }
  return { ...page, rows };
};

const checkPlace = (at: Checkpoint | null, head: LogHead): void => {
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

/** Retries a read while the store is unavailable. Undefined when the signal ended it. */
const patiently = async <T>(
  log: EventStoreLog,
  signal: AbortSignal,
  read: () => Promise<T>,
): Promise<T | undefined> => {
  const deadline = performance.now() + patience;
  for (let wait = firstRetry; !signal.aborted; wait = Math.min(wait * 2, longestRetry)) {
    try {
      return await orAborted(read(), signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof EventStoreUnavailable) || performance.now() > deadline) throw error;
      log.warn({ err: error }, 'a subscription lost the event store and is retrying');
      await pause(wait, signal);
    }
  }
  return undefined;
};

/** Undefined as soon as the signal fires: a read without an answer must not delay the end of a subscription. */
const orAborted = async <T>(read: Promise<T>, signal: AbortSignal): Promise<T | undefined> => {
  const aborted = Promise.withResolvers<undefined>();
  const abort = (): void => aborted.resolve(undefined);
  signal.addEventListener('abort', abort);
  try {
    const result = await Promise.race([read, aborted.promise]);
    return signal.aborted ? undefined : result;
  } finally {
    signal.removeEventListener('abort', abort);
  }
};

/** The signal ends the pause early, without an error. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined);
