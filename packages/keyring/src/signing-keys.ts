import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  asEvent,
  type DomainEvent,
  type EventContext,
  isEvent,
  parseEvent,
  secretContexts,
  signingKeyIdOf,
  streams,
} from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import type { Keyring } from './keyring.ts';

/** The public half of a key by which this installation signs. */
export interface PublicSigningKey {
  /** `signingKeyIdOf` of the public key. */
  readonly keyId: string;
  readonly publicKey: KeyObject;
  /** ISO-8601 UTC. */
  readonly createdAt: string;
}

/** Signs for this installation, with its newest key. */
export interface Signer extends PublicSigningKey {
  /** The Ed25519 signature, 64 bytes. It is computed on another thread. */
  sign(bytes: Uint8Array): Promise<Buffer>;
}

/**
 * All signing keys of the installation, oldest first; empty until something was signed for the first time. Old keys are kept, so that what
 * they signed stays verifiable.
 */
export const publicSigningKeys = async (store: EventStore): Promise<PublicSigningKey[]> =>
  (await signingKeys(store)).map(publicPart);

/**
 * Opens the newest signing key. Creates it on first use, once for all services.
 *
 * @param context of the event that records a new key
 * @throws SecretUnreadable when the key cannot be decrypted
 */
export const openSigner = async (
  store: EventStore,
  keyring: Keyring,
  context: EventContext,
): Promise<Signer> => {
  let newest = (await signingKeys(store)).at(-1);
  while (!newest) {
    // If another service was faster, its key is read next.
    await store.append(streams.signingKeys, 'no_stream', [await newSigningKey(keyring, context)]);
    newest = (await signingKeys(store)).at(-1);
  }
  const { keyId, privateKey } = newest.data;
  const key = createPrivateKey(await keyring.decrypt(secretContexts.signingKey(keyId), privateKey));
  return {
    ...publicPart(newest),
    sign: (bytes) =>
      new Promise((resolve, reject) => {
        sign(null, bytes, key, (error, signature) => (error ? reject(error) : resolve(signature)));
      }),
  };
};

type SigningKeyCreated = DomainEvent<'SigningKeyCreated'>;

const signingKeys = async (store: EventStore): Promise<SigningKeyCreated[]> => {
  const recorded = await Array.fromAsync(store.readStream(streams.signingKeys));
  return recorded.map((one) => parseEvent(one)).filter((event) => isEvent(event, 'SigningKeyCreated'));
};

const publicPart = ({ data, metadata }: SigningKeyCreated): PublicSigningKey => ({
  keyId: data.keyId,
  publicKey: createPublicKey(data.publicKey),
  createdAt: metadata.occurredAt,
});

const newSigningKey = async (keyring: Keyring, context: EventContext): Promise<SigningKeyCreated> => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const keyId = signingKeyIdOf(publicKey);
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const data = {
    keyId,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: await keyring.encrypt(secretContexts.signingKey(keyId), pem),
  };
  return asEvent({ type: 'SigningKeyCreated', data }, context);
};
