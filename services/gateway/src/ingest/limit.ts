import { LRUCache } from 'lru-cache';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterRes,
} from 'rate-limiter-flexible';
import type { RateLimit } from '../config.ts';
import type { RedisLink } from './redis-link.ts';

/** Where replicas count together, and under which name. */
export interface Shared {
  readonly link: RedisLink;
  readonly name: string;
}

/**
 * Counts requests against a limit by key, in windows that begin with a key's first request.
 *
 * Counts are in this process, or in Redis; while that is away, in this process again. A key that has spent its limit is remembered
 * until its window ends, so that whoever goes on regardless costs neither a count nor a question to Redis.
 */
export class Limit {
  readonly #requests: number;
  readonly #own: RateLimiterMemory;
  readonly #shared: { readonly link: RedisLink; readonly limiter: RateLimiterRedis } | null;
  /** Keys with a count in this process or with a spent limit, and until when that is spent (milliseconds since 1970, or 0). */
  readonly #spentUntil: LRUCache<string, number>;

  /** @param keys most keys that are counted at once; beyond, the one that was quiet for longest begins anew */
  constructor({ requests, seconds }: RateLimit, keys: number, shared: Shared | null) {
    this.#requests = requests;
    const limit = { points: requests, duration: seconds };
    this.#own = new RateLimiterMemory(limit);
    this.#shared = shared && {
      link: shared.link,
      limiter: new RateLimiterRedis({
        ...limit,
        storeClient: shared.link.client,
        keyPrefix: `mission-control:${shared.name}`,
      }),
    };
    this.#spentUntil = new LRUCache({
      max: keys,
      dispose: (_, key, reason) => {
        if (reason === 'evict') void this.#own.delete(key);
      },
    });
  }

  /** Seconds until the key may go on, as far as this process knows; 0: at once. */
  spent(key: string): number {
    const until = this.#spentUntil.get(key);
    return until ? Math.max(0, until - Date.now()) / 1000 : 0;
  }

  /** Counts one. Seconds until the key may go on; 0: this one was within the limit. */
  async take(key: string): Promise<number> {
    const seconds = this.spent(key);
    if (seconds > 0) return seconds;
    // Counts as `consume` does, without an exception for what is over the limit.
    const counted = await this.#count((limiter) => limiter.penalty(key));
    if (counted.consumedPoints >= this.#requests) this.#remember(key, counted);
    else if (!this.#spentUntil.has(key)) this.#spentUntil.set(key, 0);
    return counted.consumedPoints > this.#requests ? counted.msBeforeNext / 1000 : 0;
  }

  /** For one that was within the limit and is not to count after all. */
  async giveBack(key: string): Promise<void> {
    if (!this.#spentUntil.has(key)) return;
    this.#spentUntil.set(key, 0);
    await this.#count((limiter) => limiter.reward(key));
  }

  #count(command: (limiter: RateLimiterAbstract) => Promise<RateLimiterRes>): Promise<RateLimiterRes> {
    if (!this.#shared) return command(this.#own);
    const { link, limiter } = this.#shared;
    return link.ask(() => command(limiter)).then((counted) => counted ?? command(this.#own));
  }

  #remember(key: string, { msBeforeNext }: RateLimiterRes): void {
    this.#spentUntil.set(key, Date.now() + msBeforeNext);
  }
}
