import type { RateLimit } from '../config.ts';
import { Limit } from './limit.ts';
import type { RedisLink } from './redis-link.ts';
import { rejectionErrors } from './rejection-errors.ts';

/** The maximum number of keys that each limit counts in this process at once: about 30 MB per limit when full. */
const countedKeys = 50_000;

/**
 * Limits on failed attempts, unknown ids and accepted requests.
 *
 * Failed attempts are counted by webhook and address, unknown ids by address. Neither count is checked before a request has failed on
 * its own, so no request is rejected for what others at its address did.
 */
export class IngestLimits {
  /** By webhook and address; null: no limit. */
  readonly #failed: Limit | null;
  /** By address; null: no limit. */
  readonly #unknown: Limit | null;
  /** By webhook; null: no limit. */
  readonly #accepted: Limit | null;
  /** Unknown ids of all senders together. Protects the event store from this process. */
  readonly #lookups: Limit;

  /**
   * @param redis shares all counts between replicas except lookups; null: each process counts on its own
   * @param installationPrefix keeps the counts of installations that share the Redis apart
   */
  constructor(
    limits: { rejected: RateLimit | null; accepted: RateLimit | null; lookups: RateLimit },
    redis: RedisLink | null,
    installationPrefix = '',
  ) {
    const ofInstallation = installationPrefix === '' ? '' : `${installationPrefix}:`;
    const limit = (of: RateLimit | null, name: string) =>
      of && new Limit(of, countedKeys, redis && { link: redis, name: `${ofInstallation}${name}` });
    this.#failed = limit(limits.rejected, 'failed');
    this.#unknown = limit(limits.rejected, 'unknown');
    this.#accepted = limit(limits.accepted, 'accepted');
    this.#lookups = new Limit(limits.lookups, 1, null);
  }

  /** Counts a failed attempt. Returns the seconds until the address may fail at this webhook again; 0: this one was within the limit. */
  async countFailed(webhookId: string, address: string): Promise<number> {
    return (await this.#failed?.take(`${webhookId}/${address}`)) ?? 0;
  }

  /** Counts an unknown id. Returns the seconds until the address may ask for another one; 0: this one was within the limit. */
  async countUnknown(address: string): Promise<number> {
    return (await this.#unknown?.take(address)) ?? 0;
  }

  /**
   * Counts an accepted request; undefined when there is no limit.
   *
   * @throws ApiError 429, through the promise, when the webhook is over its limit
   */
  countAccepted(webhookId: string): Promise<void> | undefined {
    return this.#accepted?.take(webhookId).then((seconds) => {
      if (seconds > 0) throw rejectionErrors.tooManyRequests(seconds);
    });
  }

  /** Undoes `countAccepted` for a request that was not stored after all. */
  async uncountAccepted(webhookId: string): Promise<void> {
    await this.#accepted?.giveBack(webhookId);
  }

  /** Whether the address, or all senders together, asked for so many unknown ids that a lookup has to wait its turn. */
  lookupsSpent(address: string): boolean {
    return this.#lookups.spent(allSenders) > 0 || (this.#unknown?.spent(address) ?? 0) > 0;
  }

  /** Counts a lookup that found nothing. */
  async countLookup(): Promise<void> {
    await this.#lookups.take(allSenders);
  }
}

const allSenders = 'all';
