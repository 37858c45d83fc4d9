import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA-256 over the parts, one after the other. */
export const hmacSha256 = (secret: KeyObject, ...parts: readonly (string | Buffer)[]): Buffer => {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
};

const sha256Hex = /^[0-9a-f]{64}$/i;

/** Compares a digest with its claimed hex form in constant time. What is not the hex of a SHA-256 matches nothing. */
export const matchesHex = (digest: Buffer, hex: string): boolean =>
  sha256Hex.test(hex) && timingSafeEqual(digest, Buffer.from(hex, 'hex'));
