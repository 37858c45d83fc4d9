import type { RateLimit } from '../config.ts';
import { Limit } from './limit.ts';
import type { RedisLink } from './redis-link.ts';
import { refusals } from './refusals.ts';

/** Most keys that each limit counts in this process at once: some 30 MB each when all are there. */
const countedKeys = 50_000;

/**
 * What rejected requests cost their sender, and accepted ones their webhook.
 *
 * Failed attempts are counted by webhook and address, unknown ids by address. Neither count is looked at before a request has failed by
 * itself, so that none is rejected for what others at its address did.
 */
export class IngestLimits {
  /** By webhook and address; null: no limit. */
  readonly #failed: Limit | null;
  /** By address; null: no limit. */
  readonly #unknown: Limit | null;
  /** By webhook; null: no limit. */
  readonly #accepted: Limit | null;
  /** Unknown ids of all senders together: protects the event store from this process. */
  readonly #lookUps: Limit;

  /** @param redis where replicas count all but look-ups together; null: each for itself */
  constructor(
    limits: { rejected: RateLimit | null; accepted: RateLimit | null; lookUps: RateLimit },
    redis: RedisLink | null,
  ) {
    const limit = (of: RateLimit | null, name: string) =>
      of && new Limit(of, countedKeys, redis && { link: redis, name });
    this.#failed = limit(limits.rejected, 'failed');
    this.#unknown = limit(limits.rejected, 'unknown');
    this.#accepted = limit(limits.accepted, 'accepted');
    this.#lookUps = new Limit(limits.lookUps, 1, null);
  }

  /** Counts a failed attempt. Seconds until the address may fail at this webhook again; 0: this one was within the limit. */
  async countFailed(webhookId: string, address: string): Promise<number> {
    return (await this.#failed?.take(`${webhookId}/${address}`)) ?? 0;
  }

  /** Counts an id that names no webhook. Seconds until the address may ask for another; 0: this one was within the limit. */
  async countUnknown(address: string): Promise<number> {
    return (await this.#unknown?.take(address)) ?? 0;
  }

  /**
   * undefined where there is no limit.
   *
   * @throws ApiError 429, through the promise, when the webhook has had its share
   */
  takeShare(webhookId: string): Promise<void> | undefined {
    return this.#accepted?.take(webhookId).then((seconds) => {
      if (seconds > 0) throw refusals.tooManyRequests(seconds);
    });
  }

  /** For a request that had a share and was not stored after all. */
  async giveShareBack(webhookId: string): Promise<void> {
    await this.#accepted?.giveBack(webhookId);
  }

  /** Whether the address, or all senders together, asked for so many unknown ids that a look-up has to wait its turn. */
  lookUpsSpent(address: string): boolean {
    return this.#lookUps.spent(allSenders) > 0 || (this.#unknown?.spent(address) ?? 0) > 0;
  }

  /** Counts a look-up that found nothing. */
  async countLookUp(): Promise<void> {
    await this.#lookUps.take(allSenders);
  }
}

const allSenders = 'all';
