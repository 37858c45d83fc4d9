import type { EventStore } from '@mission-control/event-store';
import type { AggregateCache } from './cache.ts';

/**
 * Says whether a cache may be believed without asking the store: while it has shown, within the last `milliseconds`, that nothing newer
 * was in the log. So whoever changes something and waits that long after it is stored knows that no process goes by what was before;
 * only durations are compared, never clocks of two machines.
 *
 * It is renewed by use: a request that finds the lease half spent has it renewed in the background, at the cost of one look at the
 * head of the log for all requests. Where nobody asks, nothing is done.
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

  /** False: what the cache knows may be outdated, so read the store. */
  holds(): boolean {
    if (!this.#cache.attached) return false;
    const age = performance.now() - this.#confirmedAt;
    if (age > this.#milliseconds / 2 && !this.#renewing) void this.#renew();
    return age <= this.#milliseconds;
  }

  /** What was stored before this call is in the cache when it ends well. */
  async #renew(): Promise<void> {
    this.#renewing = true;
    const askedAt = performance.now();
    try {
      const head = await this.#store.head();
      if (head) await this.#cache.passed(head.position, AbortSignal.timeout(this.#milliseconds));
      this.#confirmedAt = askedAt;
    } catch {
      // Not renewed: the store is read instead, and says what is wrong with it.
    } finally {
      this.#renewing = false;
    }
  }
}
