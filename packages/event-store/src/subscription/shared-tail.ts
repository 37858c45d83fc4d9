import { CheckpointNotInLog, EventStoreUnavailable } from '../errors.ts';
import type { EventStoreLog } from '../log.ts';
import type { Checkpoint, EventFilter } from '../port.ts';
import type { LogSource, LogTail } from './log-source.ts';
import type { Outage } from './outage.ts';
import { pause } from './pause.ts';
import { Seat } from './seat.ts';
import { spacingAfter, usualPatienceMs } from './spacing.ts';

/** Milliseconds between the end of a failed tail and the next one. */
const retry = { first: 100, factor: 2, longest: 2_000 };

/** What a subscription wants of the tail. */
interface Joining {
  readonly filter: EventFilter;
  readonly patienceMs?: number | undefined;
}

/**
 * The one reader of what is new in the log, for all subscriptions of the process that have caught up. It reads each batch once, with the
 * filters of all, and hands it out in memory. It runs while there is a subscription at it. When it fails, the subscriptions read by
 * themselves, which finds out why, and then come back.
 */
export class SharedTail {
  readonly #source: LogSource;
  readonly #outage: Outage;
  readonly #log: EventStoreLog;
  readonly #closing: AbortSignal;
  readonly #seats = new Set<Seat>();
  /** Those of the seats. Undefined when a seat was taken or left. */
  #filters: readonly EventFilter[] | undefined;
  #tail: LogTail | undefined;
  #running: Promise<void> | undefined;
  #at: Checkpoint | null = null;
  #retryIn = 0;

  constructor(source: LogSource, outage: Outage, log: EventStoreLog, closing: AbortSignal) {
    this.#source = source;
    this.#outage = outage;
    this.#log = log;
    this.#closing = closing;
    closing.addEventListener('abort', () => this.#tail?.close());
  }

  /** @param at a place in the log that was just verified */
  join({ filter, patienceMs = usualPatienceMs }: Joining, at: Checkpoint | null, signal: AbortSignal): Seat {
    const seat = new Seat({ filter, patienceMs }, signal, (left) => this.#leave(left));
    this.#seats.add(seat);
    this.#filters = undefined;
    if (this.#running === undefined) {
      this.#at = at;
      this.#running = this.#run();
    } else this.#tail?.wake();
    return seat;
  }

  /** Somebody has seen this end of the log. */
  saw(head: Checkpoint): void {
    if ((this.#at?.position ?? -1n) < head.position) this.#tail?.saw(head);
  }

  /** Resolves when all work has ended. The signal must have been aborted. */
  async close(): Promise<void> {
    await this.#running;
  }

  #leave(seat: Seat): void {
    if (this.#remove(seat) && this.#seats.size === 0) this.#tail?.close();
  }

  #remove(seat: Seat): boolean {
    this.#filters = undefined;
    return this.#seats.delete(seat);
  }

  async #run(): Promise<void> {
    try {
      await pause(this.#retryIn, this.#closing);
      if (this.#closing.aborted || this.#seats.size === 0) return;
      this.#tail = this.#source.follow(this.#at);
      await this.#handOut(this.#tail);
      this.#retryIn = 0;
    } catch (error) {
      // The subscriptions meet the same error, and handle it.
      if (!this.#closing.aborted) this.#note(error);
      this.#retryIn = Math.min(Math.max(this.#retryIn * retry.factor, retry.first), retry.longest);
    } finally {
      this.#tail?.close();
      this.#tail = undefined;
      this.#running = undefined;
      for (const seat of this.#seats) seat.cut();
      this.#seats.clear();
      this.#filters = undefined;
    }
  }

  #note(error: unknown): void {
    if (error instanceof EventStoreUnavailable) this.#outage.failed(error);
    else if (!(error instanceof CheckpointNotInLog))
      this.#log.error({ err: error }, 'the reader of the end of the log has failed; starting another one');
  }

  async #handOut(tail: LogTail): Promise<void> {
    let notBefore = Number.NEGATIVE_INFINITY;
    while (this.#seats.size > 0 && !this.#closing.aborted) {
      const batch = await tail.next(() => this.#wanted(), notBefore);
      if (batch === undefined) return;
      this.#retryIn = 0;
      this.#at = batch.upTo;
      for (const seat of this.#seats) if (!seat.push(batch)) this.#remove(seat);
      if (batch.full) continue;
      const patience = [...this.#seats].map(({ patienceMs }) => patienceMs);
      notBefore = performance.now() + spacingAfter(batch.covered, patience);
    }
  }

  /** The next batch covers all subscriptions that are here now. */
  #wanted(): readonly EventFilter[] {
    for (const seat of this.#seats) seat.begin(this.#at);
    this.#filters ??= [...this.#seats].map(({ filter }) => filter);
    return this.#filters;
  }
}
