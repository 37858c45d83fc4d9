import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA-256 over the parts, one after the other. */
export const hmacSha256 = (key: KeyObject, ...parts: readonly (string | Buffer)[]): Buffer => {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
};

const sha256Hex = /^[0-9a-f]{64}$/i;
const sha256Base64 = /^[A-Za-z0-9+/]{43}=$/;

/** Compares a SHA-256 with its claimed hex in constant time. What is not the hex of one matches nothing. */
export const matchesHex = (digest: Buffer, hex: string): boolean =>
  sha256Hex.test(hex) && timingSafeEqual(digest, Buffer.from(hex, 'hex'));

/** Compares a SHA-256 with its claimed base64 in constant time. What is not the base64 of one matches nothing. */
export const matchesBase64 = (digest: Buffer, base64: string): boolean =>
  sha256Base64.test(base64) && timingSafeEqual(digest, Buffer.from(base64, 'base64'));

/** Compares a text with the key's in constant time, whatever their lengths: by their SHA-256. */
export const matchesKey = (key: KeyObject, text: string): boolean =>
  timingSafeEqual(hash('sha256', key.export(), 'buffer'), hash('sha256', text, 'buffer'));
