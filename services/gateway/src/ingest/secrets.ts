import { createSecretKey, type KeyObject } from 'node:crypto';
import { type EncryptedSecret, secretContexts } from '@mission-control/contracts';
import { type Keyring, SecretUnreadable } from '@mission-control/keyring';
import type { Logger } from '@mission-control/runtime';
import { LRUCache } from 'lru-cache';
import { refusals } from './refusals.ts';

interface Decrypted {
  readonly webhookId: string;
  /** A key object: as bytes it would be imported anew for every signature. */
  readonly secret: KeyObject;
}

/** The webhooks' secrets in clear, the most recently used of them kept by their ciphertext. */
export class Secrets {
  readonly #keyring: Keyring;
  readonly #log: Logger;
  readonly #decrypted: LRUCache<EncryptedSecret, Decrypted>;

  constructor(keyring: Keyring, log: Logger, options: { max: number }) {
    this.#keyring = keyring;
    this.#log = log;
    this.#decrypted = new LRUCache({ max: options.max });
  }

  /** @throws ApiError 503 when the secret cannot be read: that is no fault of the sender */
  async of(webhookId: string, encrypted: EncryptedSecret): Promise<KeyObject> {
    const known = this.#decrypted.get(encrypted);
    if (known?.webhookId === webhookId) return known.secret;
    try {
      const text = await this.#keyring.decrypt(secretContexts.webhook(webhookId), encrypted);
      const secret = createSecretKey(text, 'utf8');
      this.#decrypted.set(encrypted, { webhookId, secret });
      return secret;
    } catch (error) {
      if (error instanceof SecretUnreadable) {
        this.#log.error({ err: error, webhook_id: webhookId }, 'a webhook secret cannot be read');
      }
      throw refusals.secretUnreadable(error);
    }
  }
}
