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
  /** How long events that nobody waits for wait for more of them, in ms; also how long a checkpoint waits for the next message. */
  readonly lingerMs: number;
  /** An empty batch is yielded after this time without one, in ms. */
  readonly heartbeatMs: number;
}

export const usualLimits: BatchLimits = { events: 1000, bytes: 4 << 20, lingerMs: 50, heartbeatMs: 10_000 };

/**
 * Collects the messages of a subscription into batches: full batches while there is much to read. Once the reader has caught up, the
 * first events after a quiet time are yielded at once, and while more keep coming, they are yielded together every `lingerMs`, unless
 * somebody waits for one of them. So the number of batches does not grow with the load. Ends when the subscription ends. Leaving the
 * loop does not end the subscription; its signal does.
 *
 * @param extraBytes the `extraBytes` of the projection
 * @param unhurried the types of events for which nobody waits
 */
export async function* batches(
  messages: AsyncIterable<SubscriptionMessage>,
  limits: BatchLimits,
  extraBytes: (data: RecordedEvent['data']) => number = () => 0,
  unhurried: readonly string[] = [],
): AsyncGenerator<Batch> {
  const iterator = messages[Symbol.asyncIterator]();
  const gathered = new Gathered(limits, extraBytes, new Set(unhurried));
  let next: Promise<IteratorResult<SubscriptionMessage>> | undefined;
  for (;;) {
    next ??= iterator.next();
    const result = await withinMs(next, gathered.patienceMs);
    if (result !== 'late') {
      next = undefined;
      if (result.done) return;
      gathered.add(result.value);
      if (!gathered.complete) continue;
    }
    const batch = gathered.take();
    yield batch;
    gathered.applied(batch);
  }
}

/** The next batch. It is complete at once, or when its patience has ended without another message. */
class Gathered {
  readonly #limits: BatchLimits;
  readonly #extraBytes: (data: RecordedEvent['data']) => number;
  readonly #unhurried: ReadonlySet<string>;
  #events: Batch['events'][number][] = [];
  #bytes = 0;
  #checkpoint: Checkpoint | undefined;
  #caughtUp = false;
  /** Somebody may wait for one of the events. */
  #urgent = false;
  /** The reader has caught up since the first event, so nothing but `lingerMs` holds the batch back. */
  #lingers = false;
  #complete = false;
  /** When the first event of this batch came. */
  #begunAt = 0;
  /** When the last batch with events was applied. */
  #workedAt = Number.NEGATIVE_INFINITY;
  /** When the last batch was applied, with or without events. */
  #yieldedAt = performance.now();

  constructor(
    limits: BatchLimits,
    extraBytes: (data: RecordedEvent['data']) => number,
    unhurried: ReadonlySet<string>,
  ) {
    this.#limits = limits;
    this.#extraBytes = extraBytes;
    this.#unhurried = unhurried;
  }

  get complete(): boolean {
    return this.#complete || performance.now() >= this.#dueAt;
  }

  /** How long to wait for the next message, in ms. */
  get patienceMs(): number {
    const untilDue = Math.max(0, this.#dueAt - performance.now());
    const pending = this.#events.length > 0 || this.#checkpoint;
    return pending ? Math.min(this.#limits.lingerMs, untilDue) : untilDue;
  }

  /** When the batch is complete, however many messages keep coming. */
  get #dueAt(): number {
    if (this.#lingers) return this.#begunAt + this.#limits.lingerMs;
    if (this.#events.length > 0) return Number.POSITIVE_INFINITY;
    // The sign of life of the runner.
    return this.#yieldedAt + this.#limits.heartbeatMs;
  }

  add(message: SubscriptionMessage): void {
    this.#checkpoint = message.checkpoint ?? this.#checkpoint;
    if (message.kind === 'event') this.#addEvent(message);
    if (message.kind === 'caught_up') this.#catchUp();
  }

  #addEvent(message: Batch['events'][number]): void {
    const { type, data } = message.event;
    if (this.#events.length === 0) this.#begunAt = performance.now();
    this.#events.push(message);
    this.#bytes += approximateBytes(data) + this.#extraBytes(data);
    this.#urgent ||= !this.#unhurried.has(type);
    this.#caughtUp = false;
    this.#complete = this.#events.length >= this.#limits.events || this.#bytes >= this.#limits.bytes;
  }

  #catchUp(): void {
    if (this.#events.length === 0) {
      this.#complete = !this.#caughtUp;
    } else {
      const wasQuiet = this.#begunAt - this.#workedAt >= this.#limits.lingerMs;
      this.#complete = this.#urgent || wasQuiet;
      this.#lingers = true;
    }
    this.#caughtUp = true;
  }

  take(): Batch {
    const batch = { events: this.#events, checkpoint: this.#checkpoint, caughtUp: this.#caughtUp };
    this.#events = [];
    this.#bytes = 0;
    this.#checkpoint = undefined;
    this.#urgent = false;
    this.#lingers = false;
    this.#complete = false;
    return batch;
  }

  applied({ events }: Batch): void {
    this.#yieldedAt = performance.now();
    if (events.length > 0) this.#workedAt = this.#yieldedAt;
  }
}

/** Each message passes here, so this is one promise and no race. */
const withinMs = <T>(promise: Promise<T>, ms: number): Promise<T | 'late'> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms, 'late');
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
