import type { Branch, Branches, ContentKeys } from '@mission-control/content-keys';
import type { ActiveWebhook } from '@mission-control/domain';
import { EventStoreUnavailable } from '@mission-control/event-store';
import { type ContentEncryption, encryptsContent } from '@mission-control/runtime';
import { rejectionErrors } from './rejection-errors.ts';

interface Encryption {
  readonly keys: ContentKeys;
  readonly branches: Branches;
  /** Which webhooks' content is encrypted. */
  readonly installation: ContentEncryption;
}

/** What the content of arrivals is encrypted with, unless the operator or the webhook's setting has switched that off. */
export class Contents {
  readonly #encryption: Encryption | null;

  constructor(encryption: Encryption | null) {
    this.#encryption = encryption;
  }

  /**
   * What encrypts an arrival of the webhook, as it is configured; null: it is stored in the clear. Waits for the table of content keys once in some minutes
   * per webhook, and not at all while that is away and the webhook's key is in memory.
   *
   * @throws ApiError 503 when the key is not in memory and the table cannot be reached, 404 when the webhook was deleted
   */
  branch({ webhookId, encryptContent }: ActiveWebhook): Branch | null | Promise<Branch> {
    if (this.#encryption === null) return null;
    const { branches, installation } = this.#encryption;
    if (!encryptsContent(installation, encryptContent)) return null;
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
