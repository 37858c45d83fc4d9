import { timingSafeEqual } from 'node:crypto';
import type { Keyring } from './keyring.ts';

/** What a read link gives access to: one payload, for one agent, for a short time. */
export interface ReadLink {
  readonly webhookId: string;
  readonly payloadId: string;
  readonly agentId: string;
  /** ISO-8601 UTC, whole seconds. */
  readonly expiresAt: string;
}

type Keys = Pick<Keyring, 'mac'>;

const purpose = 'read link 1';
const idBytes = 16;
const macBytes = 16;
/** Key, webhook, payload and agent, then the seconds since 1970 until the link expires. */
const signedBytes = 4 * idBytes + 4;
const tokenLength = ((signedBytes + macBytes) * 4) / 3;
const wellFormed = new RegExp(`^[\\w-]{${tokenLength}}$`);

/**
 * The token of a read link: 112 characters of base64url, as few as possible, because a model copies them. The same link and key always give
 * the same token.
 *
 * @returns null when the keyring no longer has the key
 */
export const readLinkToken = async (keys: Keys, keyId: string, link: ReadLink): Promise<string | null> => {
  const { webhookId, payloadId, agentId, expiresAt } = link;
  const expiry = Buffer.alloc(4);
  expiry.writeUInt32BE(Date.parse(expiresAt) / 1_000);
  const signed = Buffer.concat([...[keyId, webhookId, payloadId, agentId].map(bytesOfId), expiry]);
  const mac = await macOf(keys, keyId, signed);
  return mac && Buffer.concat([signed, mac]).toString('base64url');
};

/**
 * What the token gives access to. Whether it has expired, and whether all of it still exists, is for the caller to check.
 *
 * @returns null when this installation has not made the token
 */
export const readLinkOf = async (keys: Keys, token: string): Promise<ReadLink | null> => {
  if (!wellFormed.test(token)) return null;
  const bytes = Buffer.from(token, 'base64url');
  const signed = bytes.subarray(0, signedBytes);
  const [keyId, webhookId, payloadId, agentId] = [0, 1, 2, 3].map((n) => idAt(signed, n * idBytes)) as [
    string,
    string,
    string,
    string,
  ];
  const mac = await macOf(keys, keyId, signed);
  if (!mac || !timingSafeEqual(mac, bytes.subarray(signedBytes))) return null;
  const expiresAt = new Date(signed.readUInt32BE(4 * idBytes) * 1_000).toISOString();
  return { webhookId, payloadId, agentId, expiresAt };
};

/** 128 bits are enough for a link that lives for an hour. */
const macOf = async (keys: Keys, keyId: string, signed: Uint8Array): Promise<Uint8Array | null> =>
  (await keys.mac(keyId, purpose, signed))?.subarray(0, macBytes) ?? null;

const bytesOfId = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');
const idAt = (bytes: Buffer, start: number): string =>
  bytes
    .toString('hex', start, start + idBytes)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
