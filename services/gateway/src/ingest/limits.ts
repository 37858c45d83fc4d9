import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimit } from '../config.ts';
import { refusals } from './refusals.ts';

/** Counts requests against a limit by key. */
class Limit {
  readonly #limiter: RateLimiterMemory | null;

  constructor(limit: RateLimit | null) {
    this.#limiter = limit && new RateLimiterMemory({ points: limit.requests, duration: limit.seconds });
  }

  /** Seconds until the key may go on; 0: at once. */
  async spent(key: string): Promise<number> {
    const counted = await this.#limiter?.get(key);
    return counted && counted.remainingPoints <= 0 ? counted.msBeforeNext / 1000 : 0;
  }

  /** Counts one. Seconds until the key may go on; 0: this one was within the limit. */
  async take(key: string): Promise<number> {
    try {
      await this.#limiter?.consume(key);
      return 0;
    } catch (rejected) {
      if (rejected instanceof RateLimiterRes) return rejected.msBeforeNext / 1000;
      throw rejected;
    }
  }

  async giveBack(key: string): Promise<void> {
    await this.#limiter?.reward(key);
  }
}

/** What an address costs us by requests that are refused, and a webhook by requests that are accepted. */
export class IngestLimits {
  readonly #refused: Limit;
  readonly #accepted: Limit;
  readonly #unknown: Limit;

  constructor(limits: { refused: RateLimit | null; accepted: RateLimit | null; unknown: RateLimit }) {
    this.#refused = new Limit(limits.refused);
    this.#accepted = new Limit(limits.accepted);
    this.#unknown = new Limit(limits.unknown);
  }

  /** @throws ApiError 429 when the address has spent its refusals */
  async admit(address: string): Promise<void> {
    const seconds = await this.#refused.spent(address);
    if (seconds > 0) throw refusals.tooManyRefusals(seconds);
  }

  async countRefusal(address: string): Promise<void> {
    await this.#refused.take(address);
  }

  /** @throws ApiError 429 when the webhook has had its share */
  async takeShare(webhookId: string): Promise<void> {
    const seconds = await this.#accepted.take(webhookId);
    if (seconds > 0) throw refusals.tooManyRequests(seconds);
  }

  /** For a request that had a share and was not stored after all. */
  async giveShareBack(webhookId: string): Promise<void> {
    await this.#accepted.giveBack(webhookId);
  }

  /** @throws ApiError 503 when so many unknown webhooks were asked for that the store needs a rest */
  async admitLookUp(): Promise<void> {
    const seconds = await this.#unknown.spent('all');
    if (seconds > 0) throw refusals.lookUpBudgetSpent(seconds);
  }

  async countUnknown(): Promise<void> {
    await this.#unknown.take('all');
  }
}
