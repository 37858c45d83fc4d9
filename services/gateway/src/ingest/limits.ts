import type { RateLimit } from '../config.ts';
import { Limit } from './limit.ts';
import type { RedisLink } from './redis-link.ts';
import { refusals } from './refusals.ts';

/** Addresses, and webhooks, that are counted in this process at once: some 30 MB each when all are there. */
const countedKeys = 50_000;

/** What an address costs us by requests that are refused, and a webhook by requests that are accepted. */
export class IngestLimits {
  /** null: no limit. */
  readonly #refused: Limit | null;
  readonly #accepted: Limit | null;
  /** Protects the event store from this process, whatever others do. */
  readonly #unknown: Limit;

  /** @param redis where replicas count refused and accepted requests together; null: each for itself */
  constructor(
    limits: { refused: RateLimit | null; accepted: RateLimit | null; unknown: RateLimit },
    redis: RedisLink | null,
  ) {
    const sharedAs = (name: string) => redis && { link: redis, name };
    this.#refused = limits.refused && new Limit(limits.refused, countedKeys, sharedAs('refused'));
    this.#accepted = limits.accepted && new Limit(limits.accepted, countedKeys, sharedAs('accepted'));
    this.#unknown = new Limit(limits.unknown, 1, null);
  }

  /**
   * Tells at once unless Redis has to be asked.
   *
   * @throws ApiError 429 when the address has spent its refusals; so does the promise
   */
  admit(address: string): Promise<void> | undefined {
    const seconds = this.#refused?.spent(address) ?? 0;
    if (typeof seconds !== 'number') return seconds.then(admitAfter);
    admitAfter(seconds);
    return undefined;
  }

  async countRefusal(address: string): Promise<void> {
    await this.#refused?.take(address);
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

  /** @throws ApiError 503 when so many unknown webhooks were asked for that the store needs a rest */
  admitLookUp(): void {
    const seconds = this.#unknown.spentHere(lookUps);
    if (seconds > 0) throw refusals.lookUpBudgetSpent(seconds);
  }

  async countUnknown(): Promise<void> {
    await this.#unknown.take(lookUps);
  }
}

const lookUps = 'all';

const admitAfter = (seconds: number): void => {
  if (seconds > 0) throw refusals.tooManyRefusals(seconds);
};
