import type { EventStore } from '@mission-control/event-store';
import type { AggregateCache } from './cache.ts';

/**
 * Tells whether a cache may be trusted without asking the store. It may if it has proved, within the last `milliseconds`, that
 * the log contained nothing newer. A process that changes something and waits that long after the change is stored therefore
 * knows that no process still uses the old state. Only durations are compared, never the clocks of two machines.
 *
 * It is renewed by use: a request that finds the lease half spent renews it in the background, at the cost of one read of the
 * head of the log for all requests. Without requests, it does nothing.
 */
export class Lease {
  readonly #store: EventStore;
  readonly #cache: AggregateCache;
  readonly #milliseconds: number;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #renewing = false;

  constructor(store: EventStore, cache: AggregateCache, milliseconds: number) {
    this.#store = store;
    this.#cache = cache;
    this.#milliseconds = milliseconds;
  }

  /** False: the cache may be outdated, so read the store. */
  holds(): boolean {
    if (!this.#cache.attached) return false;
    const age = performance.now() - this.#confirmedAt;
    if (age > this.#milliseconds / 2 && !this.#renewing) void this.#renew();
    return age <= this.#milliseconds;
  }

  /** If this succeeds, everything that was stored before the call is in the cache. */
  async #renew(): Promise<void> {
    this.#renewing = true;
    const askedAt = performance.now();
    try {
      const head = await this.#store.head();
      if (head) await this.#cache.passed(head.position, AbortSignal.timeout(this.#milliseconds));
      this.#confirmedAt = askedAt;
    } catch {
      // Not renewed: callers read the store instead, which reports what is wrong.
    } finally {
      this.#renewing = false;
    }
  }
}
