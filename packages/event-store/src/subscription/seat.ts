import type { Checkpoint, EventFilter, RecordedEvent } from '../port.ts';
import { passes } from './filters.ts';
import type { TailBatch } from './log-source.ts';

/** What a subscription takes in one go: events in order, then the checkpoint that covers them. */
export interface Delivery {
  readonly events: readonly RecordedEvent[];
  readonly upTo: Checkpoint | null;
  /** Nothing more is known of at the moment. */
  readonly atEnd: boolean;
}

/** What may wait for one slow subscription. Events are shared between subscriptions: the limit is not used up once for each. */
const limits = { events: 2_000, bytes: 8 * 1024 * 1024 };

interface Waiting {
  readonly events: readonly RecordedEvent[];
  upTo: Checkpoint;
  readonly bytes: number;
}

/**
 * A subscription's place at the shared tail. `waiting`: the tail does not know its filter yet. `live`: batches come in. `cut`: more
 * than the limit was waiting, or the tail has ended; what waits may still be taken, then the subscription reads by itself again.
 */
export class Seat {
  readonly filter: EventFilter;
  /** How long new events may wait to be read together. */
  readonly patienceMs: number;
  readonly #signal: AbortSignal;
  readonly #leave: (seat: Seat) => void;
  readonly #queue: Waiting[] = [];
  #state: 'waiting' | 'live' | 'cut' = 'waiting';
  #events = 0;
  #bytes = 0;
  #start: Checkpoint | null = null;
  #wake: (() => void) | undefined;

  constructor(
    { filter, patienceMs }: Pick<Seat, 'filter' | 'patienceMs'>,
    signal: AbortSignal,
    leave: (seat: Seat) => void,
  ) {
    this.filter = filter;
    this.patienceMs = patienceMs;
    this.#signal = signal;
    this.#leave = leave;
  }

  /** The tail delivers everything after this checkpoint. */
  begin(start: Checkpoint | null): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'live';
    this.#start = start;
    this.#wake?.();
  }

  /** False when the subscription is too slow. */
  push({ events, upTo }: TailBatch): boolean {
    if (this.#state !== 'live') return this.#state === 'waiting';
    const wanted: RecordedEvent[] = [];
    let bytes = 0;
    for (const one of events) {
      if (!passes(this.filter, one.event)) continue;
      wanted.push(one.event);
      bytes += one.bytes;
    }
    const full = this.#events + wanted.length > limits.events || this.#bytes + bytes > limits.bytes;
    if (full && this.#events > 0) {
      this.cut();
      return false;
    }
    const last = this.#queue.at(-1);
    if (wanted.length === 0 && last !== undefined) last.upTo = upTo;
    else this.#queue.push({ events: wanted, upTo, bytes });
    this.#events += wanted.length;
    this.#bytes += bytes;
    this.#wake?.();
    return true;
  }

  cut(): void {
    this.#state = 'cut';
    this.#wake?.();
  }

  /** Where the tail begins for this subscription; 'cut' when it does not begin. */
  async start(): Promise<Checkpoint | null | 'cut'> {
    while (this.#state === 'waiting' && !this.#signal.aborted) await this.#change();
    return this.#state === 'live' ? this.#start : 'cut';
  }

  /** Undefined when nothing more will come, or when the signal fires. */
  async take(): Promise<Delivery | undefined> {
    while (this.#queue.length === 0 && this.#state === 'live' && !this.#signal.aborted) await this.#change();
    if (this.#signal.aborted) return undefined;
    const next = this.#queue.shift();
    if (next === undefined) return undefined;
    this.#events -= next.events.length;
    this.#bytes -= next.bytes;
    return {
      events: next.events,
      upTo: next.upTo,
      atEnd: this.#queue.length === 0 && this.#state === 'live',
    };
  }

  leave(): void {
    this.#leave(this);
  }

  async #change(): Promise<void> {
    const changed = Promise.withResolvers<void>();
    this.#wake = changed.resolve;
    this.#signal.addEventListener('abort', this.#wake);
    await changed.promise;
    this.#signal.removeEventListener('abort', this.#wake);
    this.#wake = undefined;
  }
}
