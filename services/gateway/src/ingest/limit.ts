import { LRUCache } from 'lru-cache';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterRes,
} from 'rate-limiter-flexible';
import type { RateLimit } from '../config.ts';
import type { RedisLink } from './redis-link.ts';

/** The Redis that replicas count in together, and the limit's name there. */
export interface Shared {
  readonly link: RedisLink;
  readonly name: string;
}

/**
 * Counts requests per key against a limit, in windows that begin with a key's first request.
 *
 * Counts are kept in this process or in Redis; while Redis is unreachable, in this process again. A key that has used up its limit is
 * remembered until its window ends, so further requests cost neither a count nor a call to Redis.
 */
export class Limit {
  readonly #requests: number;
  readonly #own: RateLimiterMemory;
  readonly #shared: { readonly link: RedisLink; readonly limiter: RateLimiterRedis } | null;
  /** Keys that have a count in this process or have used up their limit, and until when (milliseconds since 1970; 0: not used up). */
  readonly #spentUntil: LRUCache<string, number>;

  /** @param keys the maximum number of keys counted at once; beyond it, the least recently used key starts over */
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

  /** Seconds until the key may continue, as far as this process knows; 0: immediately. */
  spent(key: string): number {
    const until = this.#spentUntil.get(key);
    return until ? Math.max(0, until - Date.now()) / 1000 : 0;
  }

  /** Counts one request. Returns the seconds until the key may continue; 0: this one was within the limit. */
  async take(key: string): Promise<number> {
    const seconds = this.spent(key);
    if (seconds > 0) return seconds;
    // Counts like `consume`, but does not throw for requests over the limit.
    const counted = await this.#count((limiter) => limiter.penalty(key));
    if (counted.consumedPoints >= this.#requests) this.#remember(key, counted);
    else if (!this.#spentUntil.has(key)) this.#spentUntil.set(key, 0);
    return counted.consumedPoints > this.#requests ? counted.msBeforeNext / 1000 : 0;
  }

  /** Undoes the count of a request that was within the limit. */
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
