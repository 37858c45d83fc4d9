import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { Branch } from './branch.ts';
import type { ContentKeys } from './content-keys.ts';
import { branchBits } from './place.ts';

/** A gateway draws a new branch after this time, and cannot derive the keys of the last one any more. */
const branchMs = 300_000;
/** How long it goes on with the last branch, before it asks the table again, when that cannot be reached. */
const retryMs = 5_000;

/** The branches that this process encrypts the arrivals of webhooks with. Nothing is read for an arrival, unless its webhook's branch is missing or old. */
export class Branches {
  readonly #keys: Pick<ContentKeys, 'subtreeOf'>;
  readonly #now: () => number;
  readonly #branches: LRUCache<string, Branch>;
  readonly #drawing = new Map<string, Promise<Branch | 'destroyed'>>();

  /** @param options.max how many webhooks' branches to keep */
  constructor(
    keys: Pick<ContentKeys, 'subtreeOf'>,
    { max, now = Date.now }: { max: number; now?: () => number },
  ) {
    this.#keys = keys;
    this.#now = now;
    this.#branches = new LRUCache({ max });
  }

  /** The webhook's branch, if it needs no renewal. */
  known(webhookId: string): Branch | undefined {
    const branch = this.#branches.get(webhookId);
    return branch && branch.renewAt > this.#now() && !branch.isUsedUp ? branch : undefined;
  }

  /**
   * The webhook's branch, renewed if it is old. While the table cannot be reached, an old branch stays in use.
   *
   * @returns `destroyed`: the webhook was deleted
   * @throws EventStoreUnavailable if there is no branch and the table cannot be reached
   */
  async of(webhookId: string): Promise<Branch | 'destroyed'> {
    const drawing = this.#drawing.get(webhookId) ?? this.#draw(webhookId);
    this.#drawing.set(webhookId, drawing);
    try {
      return await drawing;
    } catch (error) {
      const old = this.#branches.get(webhookId);
      if (!old || old.isUsedUp) throw error;
      old.renewAt = this.#now() + retryMs;
      return old;
    } finally {
      this.#drawing.delete(webhookId);
    }
  }

  async #draw(webhookId: string): Promise<Branch | 'destroyed'> {
    for (;;) {
      const found = await this.#keys.subtreeOf(webhookId, randomBytes(branchBits / 8));
      if (found === 'taken') continue;
      if (found === 'destroyed') {
        this.#branches.delete(webhookId);
        return found;
      }
      const branch = new Branch(found, this.#now() + branchMs);
      this.#branches.set(webhookId, branch);
      return branch;
    }
  }
}
