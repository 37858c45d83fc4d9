import type { Checkpoint, RecordedEvent, SubscriptionMessage } from '@mission-control/event-store';
import { approximateBytes } from './approximate-bytes.ts';

/** What one transaction applies and stores: events (possibly none), then the checkpoint. */
export interface Batch {
  readonly events: readonly { readonly event: RecordedEvent; readonly checkpoint: Checkpoint }[];
  /** Covers the events and everything that the filter skipped after them; undefined: nothing has moved. */
  readonly checkpoint: Checkpoint | undefined;
  /** Everything that was in the log has been yielded. */
  readonly caughtUp: boolean;
}

export interface BatchLimits {
  readonly events: number;
  readonly bytes: number;
  /** How long events or a checkpoint wait for the next message, in ms. */
  readonly lingerMs: number;
  /** An empty batch is yielded after this time without a message, in ms. */
  readonly heartbeatMs: number;
}

export const usualLimits: BatchLimits = { events: 1000, bytes: 4 << 20, lingerMs: 50, heartbeatMs: 10_000 };

/**
 * Collects the messages of a subscription into batches: full batches while there is much to read, and smaller ones once the
 * reader has caught up. Ends when the subscription ends. Leaving the loop does not end the subscription; its signal does.
 *
 * @param extraBytes the `extraBytes` of the projection
 */
export async function* batches(
  messages: AsyncIterable<SubscriptionMessage>,
  limits: BatchLimits,
  extraBytes: (data: RecordedEvent['data']) => number = () => 0,
): AsyncGenerator<Batch> {
  const iterator = messages[Symbol.asyncIterator]();
  let events: Batch['events'][number][] = [];
  let bytes = 0;
  let checkpoint: Checkpoint | undefined;
  let caughtUp = false;
  const take = (): Batch => {
    const batch = { events, checkpoint, caughtUp };
    events = [];
    bytes = 0;
    checkpoint = undefined;
    return batch;
  };

  let next: Promise<IteratorResult<SubscriptionMessage>> | undefined;
  for (;;) {
    next ??= iterator.next();
    const waitMs = events.length > 0 || checkpoint ? limits.lingerMs : limits.heartbeatMs;
    const result = await withinMs(next, waitMs);
    if (result === 'late') {
      yield take();
      continue;
    }
    next = undefined;
    if (result.done) return;
    const message = result.value;
    checkpoint = message.checkpoint ?? checkpoint;
    if (message.kind === 'event') {
      events.push(message);
      bytes += approximateBytes(message.event.data) + extraBytes(message.event.data);
      caughtUp = false;
    }
    const news = message.kind === 'caught_up' && (events.length > 0 || !caughtUp);
    if (message.kind === 'caught_up') caughtUp = true;
    if (news || events.length >= limits.events || bytes >= limits.bytes) yield take();
  }
}

const withinMs = async <T>(promise: Promise<T>, ms: number): Promise<T | 'late'> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late');
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};
