import type { KeyObject } from 'node:crypto';
import { type EncryptedSecret, type SignatureScheme, secretContexts } from '@mission-control/contracts';
import type { ActiveWebhook } from '@mission-control/domain';
import type { Keyring } from '@mission-control/keyring';
import { countUnreadableSecrets, type Logger, type Metrics } from '@mission-control/runtime';
import { schemes } from '@mission-control/signatures';
import { LRUCache } from 'lru-cache';
import { rejectionErrors } from './rejection-errors.ts';

interface Decrypted {
  readonly webhookId: string;
  readonly scheme: SignatureScheme;
  /** A key object: plain bytes would be imported again for every signature. */
  readonly key: KeyObject;
}

/** The webhooks' decrypted secrets, as their schemes use them. The most recently used are cached by their ciphertext. */
export class Secrets {
  readonly #keyring: Keyring;
  readonly #log: Logger;
  readonly #decrypted: LRUCache<EncryptedSecret, Decrypted>;
  readonly #unreadable: () => void;

  constructor(keyring: Keyring, log: Logger, options: { max: number; meter: Metrics['meter'] }) {
    this.#keyring = keyring;
    this.#log = log;
    this.#decrypted = new LRUCache({ max: options.max });
    this.#unreadable = countUnreadableSecrets(options.meter, 'webhook_secret');
  }

  /** The key, if it was read before. */
  known({ webhookId, signatureScheme }: ActiveWebhook, encrypted: EncryptedSecret): KeyObject | undefined {
    const known = this.#decrypted.get(encrypted);
    return known?.webhookId === webhookId && known.scheme === signatureScheme ? known.key : undefined;
  }

  /** @throws ApiError 503 when the secret cannot be read or used: that is not the sender's fault */
  async read(
    { boardId, webhookId, signatureScheme: scheme }: ActiveWebhook,
    encrypted: EncryptedSecret,
  ): Promise<KeyObject> {
    try {
      const { proof } = schemes[scheme];
      if (!proof) throw new Error(`The scheme ${scheme} takes no secret.`);
      const text = await this.#keyring.decrypt(secretContexts.webhook(webhookId), encrypted);
      const key = proof.keyOf(text);
      this.#decrypted.set(encrypted, { webhookId, scheme, key });
      return key;
    } catch (error) {
      this.#unreadable();
      this.#log.error(
        { err: error, board_id: boardId, webhook_id: webhookId },
        'cannot decrypt a webhook secret',
      );
      throw rejectionErrors.secretUnreadable(error);
    }
  }
}
