import { EventStoreUnavailable } from '../errors.ts';
import type { EventStoreLog } from '../log.ts';
import type { Checkpoint, RecordedEvent, SubscribeOptions, SubscriptionMessage } from '../port.ts';
import type { Connection, ConnectionLink } from './connection.ts';
import { verifyCheckpoint } from './log-head.ts';
import { pagesAhead } from './pages-ahead.ts';
import { pause } from './pause.ts';
import type { LogPage, LogReader } from './read-log.ts';
import type { SharedHead } from './shared-head.ts';
import type { Tail } from './tail.ts';

/** Milliseconds. A connection loss that lasts longer than `patience` is thrown. */
const times = { patience: 30_000, retry: 250 };
/** Minimum time between two reads when the last one yielded nothing: a filter that excludes a busy log costs little. */
const quietPause = 10;

export interface SubscriptionSource {
  readonly connection: Connection;
  readonly reader: LogReader;
  readonly head: SharedHead;
  readonly tail: Tail;
  readonly log: EventStoreLog;
}

/**
 * A subscription works in rounds: read the head, read pages up to it, yield `caught_up`, wait until the tail reports more. So
 * checkpoints and `caught_up` are in the right order whatever the server sends and when, and only requested events are fetched.
 * With every new link, the reader's position is verified again before anything read over that link is yielded.
 */
export async function* subscribeToAll(
  source: SubscriptionSource,
  { from, filter = {} }: SubscribeOptions,
  signal: AbortSignal,
): AsyncGenerator<SubscriptionMessage, void> {
  const { connection, reader, tail } = source;
  let at: Checkpoint | null = typeof from === 'string' ? null : from;
  let begun = from !== 'end';
  let told = false;
  let trusted: ConnectionLink | undefined;
  const trust = async (link: ConnectionLink, checkpoint: Checkpoint | null): Promise<void> => {
    if (checkpoint !== null && trusted !== link) await verifyCheckpoint(connection, link, checkpoint);
    trusted = link;
  };
  while (!signal.aborted) {
    const heard = tail.listen();
    const head = await patiently(source, signal, () =>
      connection.use(async (link) => {
        const last = await source.head.read(link);
        if (at !== null && (last?.position ?? 0n) < at.position) trusted = undefined;
        await trust(link, at);
        return { last, incarnation: link.incarnation };
      }),
    );
    if (head === undefined) return;
    const target = head.last;
    if (!begun) at = target;
    begun = true;
    const start = at;
    let shown = false;
    const read = (last: RecordedEvent | undefined, count: number): Promise<LogPage | undefined> => {
      const before = last === undefined ? start : checkpointAt(head.incarnation, last);
      return patiently(source, signal, () =>
        connection.use(async (link) => {
          await trust(link, before);
          const range = { after: before?.position ?? 'start', direction: 'forwards', filter, count } as const;
          return reader.page(link, range);
        }),
      );
    };
    const behind = target !== null && (start?.position ?? -1n) < target.position;
    for await (const page of behind ? pagesAhead(read) : []) {
      let yielded = false;
      for (const event of page.events) {
        at = checkpointAt(head.incarnation, event);
        yielded = page.shows(event);
        if (!yielded) continue;
        shown = true;
        yield { kind: 'event', event, checkpoint: at };
        if (signal.aborted) return;
      }
      if (page.complete && target !== null && (at?.position ?? -1n) < target.position) {
        at = target;
        yielded = false;
      }
      if (!yielded && at !== null) yield { kind: 'checkpoint', checkpoint: at };
      if (signal.aborted) return;
    }
    if (!told || at?.position !== start?.position) yield { kind: 'caught_up', checkpoint: at };
    told = true;
    if (!shown) await pause(quietPause, signal);
    await tail.changed(heard, signal);
  }
}

const checkpointAt = (incarnation: string, { position, id }: RecordedEvent): Checkpoint => ({
  incarnation,
  position,
  eventId: id,
});

/** Retries a read while the store is unavailable. Undefined when the signal ended it. */
const patiently = async <T>(
  { log }: SubscriptionSource,
  signal: AbortSignal,
  read: () => Promise<T>,
): Promise<T | undefined> => {
  const deadline = performance.now() + times.patience;
  while (!signal.aborted) {
    try {
      const result = await read();
      return signal.aborted ? undefined : result;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof EventStoreUnavailable) || performance.now() > deadline) throw error;
      log.warn({ err: error }, 'a subscription lost the event store and is retrying');
      await pause(times.retry, signal);
    }
  }
  return undefined;
};
