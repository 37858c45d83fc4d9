import { EventStoreBusy, type EventStoreError, EventStoreUnavailable } from '../errors.ts';
import type { AppendResult } from '../port.ts';
import type { AppendSession, BatchedAppend } from './append-session.ts';
import { isRefusedContent, toStoreError } from './errors.ts';

interface WaitingAppend extends BatchedAppend {
  readonly bytes: number;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: EventStoreError) => void;
}

/** A batch is small enough to be quick and large enough for many appends to share one flush to disk. */
const batchLimits = { events: 1_000, bytes: 4 * 1024 * 1024 };
const queueLimits = { appends: 10_000, bytes: 64 * 1024 * 1024 };

/**
 * Group commit. When the queue is idle, an append starts a round. While one batch is at the server, new appends wait. When the
 * server has answered, the waiting appends form the next batch, up to its limits. The round ends when no append waits, or none but
 * patient ones. These begin a round when the patience of one has ended, unless another append does it before and takes them along.
 */
export class AppendQueue {
  readonly #session: AppendSession;
  #waiting: WaitingAppend[] = [];
  #waitingBytes = 0;
  /** When the waiting appends must be sent, monotonic milliseconds. */
  #dueAt = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #closing = false;

  constructor(session: AppendSession) {
    this.#session = session;
  }

  append(append: BatchedAppend, patienceMs: number): Promise<AppendResult> {
    const bytes = append.events.reduce((sum, event) => sum + event.bytes, 0);
    const full =
      this.#waiting.length >= queueLimits.appends || this.#waitingBytes + bytes > queueLimits.bytes;
    // If no append waits, any size is accepted.
    if (full && this.#waiting.length > 0) {
      return Promise.reject(
        new EventStoreBusy(`${this.#waiting.length} appends are already waiting in this process`),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...append, bytes, resolve, reject });
      this.#waitingBytes += bytes;
      this.#dueAt = patienceMs === 0 ? 0 : Math.min(this.#dueAt, performance.now() + patienceMs);
      this.#begin();
    });
  }

  /** Resolves when no append is in progress. Appends that wait behind a lost connection are rejected. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#begin();
    while (this.#round !== undefined) await this.#round;
  }

  get #isDue(): boolean {
    return this.#waiting.length > 0 && (this.#closing || this.#dueAt <= performance.now());
  }

  /** Begins a round when there is one to begin, now or later. */
  #begin(): void {
    if (this.#round !== undefined) return;
    clearTimeout(this.#timer);
    if (this.#isDue) this.#round = this.#work();
    else if (this.#waiting.length > 0)
      this.#timer = setTimeout(() => this.#begin(), this.#dueAt - performance.now());
  }

  async #work(): Promise<void> {
    // Appends from the same turn of the event loop go into one batch.
    await Promise.resolve();
    while (this.#isDue) {
      try {
        await this.#session.connect();
        await this.#send(this.#nextBatch());
      } catch (error) {
        // Nothing was sent, and another attempt would most likely fail the same way.
        this.#refuseWaiting(toStoreError(error));
      }
    }
    // This runs in the same step as the check above, so a later append starts its own round.
    this.#round = undefined;
    this.#begin();
  }

  async #send(batch: readonly WaitingAppend[]): Promise<void> {
    try {
      const results = await this.#session.send(batch);
      batch.forEach((append, index) => {
        const result = results[index];
        if (result === undefined) append.reject(new EventStoreUnavailable('no result for the append', true));
        else append.resolve(result);
      });
    } catch (error) {
      if (batch.length > 1 && isRefusedContent(error)) {
        // One append made the statement fail. Send each one separately so that the others succeed.
        for (const append of batch) await this.#send([append]);
        return;
      }
      const storeError = toStoreError(error, true);
      for (const append of batch) append.reject(storeError);
      if (this.#closing && !this.#session.connected) {
        this.#refuseWaiting(
          new EventStoreUnavailable('the connection was lost while the store was closing', false),
        );
      }
    }
  }

  #refuseWaiting(error: EventStoreError): void {
    for (const append of this.#take(this.#waiting.length)) append.reject(error);
  }

  #nextBatch(): WaitingAppend[] {
    let count = 0;
    let events = 0;
    let bytes = 0;
    for (const append of this.#waiting) {
      events += append.events.length;
      bytes += append.bytes;
      if (count > 0 && (events > batchLimits.events || bytes > batchLimits.bytes)) break;
      count += 1;
    }
    return this.#take(count);
  }

  #take(count: number): WaitingAppend[] {
    const taken = this.#waiting.splice(0, count);
    for (const append of taken) this.#waitingBytes -= append.bytes;
    if (this.#waiting.length === 0) this.#dueAt = Number.POSITIVE_INFINITY;
    return taken;
  }
}
