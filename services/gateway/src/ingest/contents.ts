import type { Branch, Branches, ContentKeys } from '@mission-control/content-keys';
import { EventStoreUnavailable } from '@mission-control/event-store';
import { rejectionErrors } from './rejection-errors.ts';

/** What the content of arrivals is encrypted with, unless the operator has switched that off. */
export class Contents {
  readonly #encryption: { readonly keys: ContentKeys; readonly branches: Branches } | null;

  constructor(encryption: { keys: ContentKeys; branches: Branches } | null) {
    this.#encryption = encryption;
  }

  /**
   * What encrypts the next arrival of the webhook; null: it is stored in the clear. Waits for the table of content keys once in some minutes
   * per webhook, and not at all while that is away and the webhook's key is in memory.
   *
   * @throws ApiError 503 when the key is not in memory and the table cannot be reached, 404 when the webhook was deleted
   */
  branch(webhookId: string): Branch | null | Promise<Branch> {
    if (this.#encryption === null) return null;
    const { branches } = this.#encryption;
    return branches.known(webhookId) ?? this.#draw(branches, webhookId);
  }

  async close(): Promise<void> {
    await this.#encryption?.keys.close();
  }

  async #draw(branches: Branches, webhookId: string): Promise<Branch> {
    try {
      const branch = await branches.of(webhookId);
      if (branch === 'destroyed') throw rejectionErrors.notFound();
      return branch;
    } catch (error) {
      if (error instanceof EventStoreUnavailable) throw rejectionErrors.contentKeyUnavailable(error);
      throw error;
    }
  }
}
