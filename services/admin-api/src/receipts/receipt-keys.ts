import { type PublicSigningKey, publicSigningKeys } from '@mission-control/keyring';
import { Injectable } from '@nestjs/common';
import { Stores } from '../stores/stores.ts';

/**
 * The public keys that receipts are verified with. Anyone may ask for them, so requests share reads of the event store, of which one runs
 * at a time. No request shares a read that began before it: the key of a receipt that was given a moment ago is found.
 */
@Injectable()
export class ReceiptKeys {
  #running: Promise<unknown> | null = null;
  #next: Promise<PublicSigningKey[]> | null = null;

  constructor(private readonly stores: Stores) {}

  /** Oldest first. */
  list(): Promise<PublicSigningKey[]> {
    if (this.#running === null) return this.#read();
    this.#next ??= this.#running.then(() => this.#read());
    return this.#next;
  }

  /** @param keyId as receipts name it; any other text names no key */
  async find(keyId: string): Promise<PublicSigningKey | null> {
    return (await this.list()).find((key) => key.keyId === keyId) ?? null;
  }

  async #read(): Promise<PublicSigningKey[]> {
    this.#next = null;
    const keys = publicSigningKeys(this.stores.store);
    this.#running = keys
      .catch(() => {})
      .then(() => {
        this.#running = null;
      });
    return keys;
  }
}

/** SubjectPublicKeyInfo in PEM. */
export const pemOf = ({ publicKey }: PublicSigningKey): string =>
  publicKey.export({ type: 'spki', format: 'pem' }).toString();
