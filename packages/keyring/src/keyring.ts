import {
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import {
  asEvent,
  type EncryptedSecret,
  type EventContext,
  type EventData,
  parseEvent,
  secretContexts,
  streams,
} from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';

/** Encrypts secrets with data keys. The data keys are stored in the event store, wrapped by the operator's `ENCRYPTION_KEY`. */
export interface Keyring {
  /** @param context what the secret belongs to (`webhook:<id>`); it cannot be decrypted for anything else */
  encrypt(context: string, secret: string): Promise<EncryptedSecret>;
  /** @throws SecretUnreadable when the data key is unknown, the context differs, or the encrypted text was altered */
  decrypt(context: string, encrypted: EncryptedSecret): Promise<string>;
  /**
   * The key that this installation proves itself with to OpenClaw gateways: Ed25519, PKCS #8 in PEM. It is created on first use, once for
   * all services.
   */
  deviceKey(): Promise<string>;
  /** The id of the data key that new secrets are encrypted with. */
  readonly newestKeyId: string;
  /**
   * HMAC-SHA256 of the bytes, under a key that is derived from a data key for this purpose alone.
   *
   * @returns null when the keyring has no such data key, or cannot unwrap it
   */
  mac(keyId: string, purpose: string, bytes: Uint8Array): Promise<Uint8Array | null>;
}

interface DataKey {
  readonly keyId: string;
  readonly key: Uint8Array;
}

/**
 * Opens the keyring, or creates it on first use. Wraps data keys by the first operator's key that are not yet, so that others can be
 * dropped. Once one is dropped, new secrets get a new data key, which the dropped one never wrapped.
 *
 * @param operatorKeys 32 bytes each; the first one wraps, and all of them can unwrap
 * @throws WrongEncryptionKey when none of the operator's keys unwraps a data key
 */
export const openKeyring = async (
  store: EventStore,
  operatorKeys: readonly Uint8Array[],
  context: EventContext,
): Promise<Keyring> => {
  const operators = new Map(operatorKeys.map((key) => [checkValueOf(key), key]));
  const [[wrappedBy, operator] = []] = operators;
  if (!wrappedBy || !operator) throw new Error('openKeyring requires at least one key.');
  const dataKeys = new Map<string, DataKey>();
  /** The check values of the operator's keys that each data key was ever wrapped by. */
  const wrappers = new Map<string, Set<string>>();
  let deviceKey: EncryptedSecret | null = null;
  /** The revision up to which the stream was read; -1 for none of it. */
  let revision = -1;

  const unwrap = async ({ keyId, wrappedBy, wrappedKey }: EventData<'DataKeyCreated'>) => {
    wrappers.set(keyId, (wrappers.get(keyId) ?? new Set()).add(wrappedBy));
    const known = operators.get(wrappedBy);
    if (!known || dataKeys.has(keyId)) return;
    const { plaintext } = await compactDecrypt(wrappedKey, known);
    dataKeys.set(keyId, { keyId, key: plaintext });
  };

  const readOn = async () => {
    for await (const recorded of store.readStream(streams.keyring, { from: revision + 1 })) {
      const event = parseEvent(recorded);
      if (event.type === 'DataKeyCreated') await unwrap(event.data);
      if (event.type === 'DeviceKeyCreated') deviceKey ??= event.data.privateKey;
      revision = Math.max(revision, recorded.revision);
    }
    for (const [keyId, by] of wrappers) {
      if (!dataKeys.has(keyId)) throw new WrongEncryptionKey([...by].at(-1) ?? '', [...operators.keys()]);
    }
  };

  const wrapped = async ({ keyId, key }: DataKey) => {
    const wrappedKey = await encryptUnder(operator, wrappedBy, 'data-key', key);
    return asEvent({ type: 'DataKeyCreated', data: { keyId, wrappedKey, wrappedBy } }, context);
  };

  /**
   * Data keys whose wrapping is missing: all that the first operator's key has not wrapped; and a new one, if that key has replaced
   * another that is given no more. A service that still has only the replaced key adds nothing.
   */
  const missing = (): DataKey[] => {
    const known = [...dataKeys.values()];
    const rest = known.filter(({ keyId }) => !wrappers.get(keyId)?.has(wrappedBy));
    const ofNewest = [...(wrappers.get(known.at(-1)?.keyId ?? '') ?? [])];
    const isReplaced = ofNewest.at(-1) === wrappedBy && ofNewest.some((by) => !operators.has(by));
    const isNew = known.length === 0 || isReplaced;
    return isNew ? [...rest, { keyId: randomUUID(), key: randomBytes(32) }] : rest;
  };

  await readOn();
  for (let keys = missing(); keys.length > 0; keys = missing()) {
    // If another service is faster, what it has appended is read next.
    const events = await Promise.all(keys.map(wrapped));
    await store.append(streams.keyring, revision === -1 ? 'no_stream' : revision, events);
    await readOn();
  }

  const createDeviceKey = async () => {
    const { privateKey } = generateKeyPairSync('ed25519', {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const encrypted = await keyring.encrypt(secretContexts.deviceKey, privateKey);
    const fact = { type: 'DeviceKeyCreated', data: { privateKey: encrypted } } as const;
    // If another service was faster, its key is read next.
    await store.append(streams.keyring, revision, [asEvent(fact, context)]);
  };

  /** Strangers can name any key, so one read answers everybody who asks meanwhile. */
  let reading: Promise<void> | null = null;
  const dataKeyOf = async (keyId: string): Promise<DataKey | undefined> => {
    if (!dataKeys.has(keyId)) {
      reading ??= readOn().finally(() => {
        reading = null;
      });
      await reading;
    }
    return dataKeys.get(keyId);
  };
  const newest = () => [...dataKeys.values()].at(-1) as DataKey;

  /** By data key and purpose: a derivation takes longer than an HMAC, and each message of the notifier has one. */
  const derivedKeys = new Map<string, KeyObject>();
  const derivedKeyOf = ({ key, keyId }: DataKey, purpose: string): KeyObject => {
    const name = `${keyId} ${purpose}`;
    const derived =
      derivedKeys.get(name) ??
      createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `mission-control ${purpose}`, 32)));
    derivedKeys.set(name, derived);
    return derived;
  };

  const keyring: Keyring = {
    encrypt: async (belongsTo, secret) => {
      const { key, keyId } = newest();
      return encryptUnder(key, keyId, belongsTo, Buffer.from(secret, 'utf8'));
    },
    deviceKey: async () => {
      while (deviceKey === null) {
        await readOn();
        if (deviceKey === null) await createDeviceKey();
      }
      return keyring.decrypt(secretContexts.deviceKey, deviceKey);
    },
    decrypt: async (belongsTo, encrypted) => {
      try {
        const { kid, ctx } = decodeProtectedHeader(encrypted) as { kid?: string; ctx?: string };
        if (ctx !== belongsTo) throw new Error('it was encrypted for something else');
        const dataKey = await dataKeyOf(kid ?? '');
        if (!dataKey) throw new Error(`data key ${kid} is not in the keyring`);
        const { plaintext } = await compactDecrypt(encrypted, dataKey.key);
        return Buffer.from(plaintext).toString('utf8');
      } catch (error) {
        throw new SecretUnreadable(belongsTo, error);
      }
    },
    get newestKeyId() {
      return newest().keyId;
    },
    mac: async (keyId, purpose, bytes) => {
      const dataKey = await dataKeyOf(keyId).catch(noneIfWrapped);
      if (!dataKey) return null;
      return createHmac('sha256', derivedKeyOf(dataKey, purpose)).update(bytes).digest();
    },
  };
  return keyring;
};

const encryptUnder = (key: Uint8Array, kid: string, ctx: string, plaintext: Uint8Array): Promise<string> =>
  new CompactEncrypt(plaintext).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid, ctx }).encrypt(key);

/** A data key that only another operator's key unwraps is like an unknown one. */
const noneIfWrapped = (error: unknown): undefined => {
  if (!(error instanceof WrongEncryptionKey)) throw error;
};

/** Identifies an operator's key without revealing it. */
const checkValueOf = (key: Uint8Array): string =>
  createHmac('sha256', key).update('mission-control keyring check').digest('hex').slice(0, 16);

export class WrongEncryptionKey extends Error {
  readonly code = 'wrong_encryption_key';
  readonly operatorsError = true;

  constructor(wanted: string, given: readonly string[]) {
    super(
      `ENCRYPTION_KEY is not the key that this installation's secrets are encrypted with (expected the key with check value ${wanted}, got ${given.join(', ')}). Set that key; to change keys, set both, comma-separated, the new one first.`,
    );
    this.name = 'WrongEncryptionKey';
  }
}

export class SecretUnreadable extends Error {
  readonly code = 'secret_unreadable';

  constructor(context: string, cause: unknown) {
    super(`The secret of ${context} cannot be decrypted: ${(cause as Error).message}`, { cause });
    this.name = 'SecretUnreadable';
  }
}
