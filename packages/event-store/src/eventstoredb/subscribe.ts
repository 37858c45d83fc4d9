import { EventStoreUnavailable } from '../errors.ts';
import type { EventStoreLog } from '../log.ts';
import type { Checkpoint, SubscribeOptions, SubscriptionMessage } from '../port.ts';
import type { Connection, Link } from './connection.ts';
import { verifyPlace } from './log-head.ts';
import { pause } from './pause.ts';
import type { LogPage, LogReader } from './read-log.ts';
import type { SharedHead } from './shared-head.ts';
import type { Tail } from './tail.ts';

/** Milliseconds. A loss of connection that lasts longer than `patience` is thrown. */
const times = { patience: 30_000, retry: 250 };

export interface SubscriptionSource {
  readonly connection: Connection;
  readonly reader: LogReader;
  readonly head: SharedHead;
  readonly tail: Tail;
  readonly log: EventStoreLog;
}

/**
 * A subscription goes in laps: take the head, read pages up to it, say caught up, wait until the tail tells of more. So checkpoints and
 * caught_up stand where they belong whatever the server sends when, and nothing is fetched that was not asked for. With every
 * new link the place the reader stands at is looked for again, before anything read from it is shown.
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
  let trusted: Link | undefined;
  const trust = async (link: Link): Promise<void> => {
    if (at !== null && trusted !== link) await verifyPlace(connection, link, at);
    trusted = link;
  };
  while (!signal.aborted) {
    const heard = tail.listen();
    const head = await patiently(source, signal, () =>
      connection.use(async (link) => {
        const last = await source.head.read(link);
        if (at !== null && (last?.position ?? 0n) < at.position) trusted = undefined;
        await trust(link);
        return { last, incarnation: link.incarnation };
      }),
    );
    if (head === undefined) return;
    const target = head.last;
    if (!begun) at = target;
    begun = true;
    const start = at;
    while (target !== null && (at?.position ?? -1n) < target.position) {
      const before: Checkpoint | null = at;
      const page: LogPage | undefined = await patiently(source, signal, () =>
        connection.use(async (link) => {
          await trust(link);
          return reader.page(link, { after: before?.position ?? 'start', direction: 'forwards', filter });
        }),
      );
      if (page === undefined) return;
      let yielded = false;
      for (const { event, shown } of page.rows) {
        at = { incarnation: head.incarnation, position: event.position, eventId: event.id };
        yielded = shown;
        if (!shown) continue;
        yield { kind: 'event', event, checkpoint: at };
        if (signal.aborted) return;
      }
      if (page.complete && (at?.position ?? -1n) < target.position) {
        at = target;
        yielded = false;
      }
      if (!yielded && at !== null) yield { kind: 'checkpoint', checkpoint: at };
      if (signal.aborted) return;
    }
    if (!told || at?.position !== start?.position) yield { kind: 'caught_up', checkpoint: at };
    told = true;
    await tail.changed(heard, signal);
  }
}

/** Repeats a read while the store is away; undefined when the signal ended it. */
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
      log.warn({ err: error }, 'a subscription has lost the event store and tries again');
      await pause(times.retry, signal);
    }
  }
  return undefined;
};
