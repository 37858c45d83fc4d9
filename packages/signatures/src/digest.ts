import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA-256 over the concatenated parts. */
export const hmacSha256 = (key: KeyObject, ...parts: readonly (string | Buffer)[]): Buffer => {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
};

const sha256Hex = /^[0-9a-f]{64}$/i;
const sha256Base64 = /^[A-Za-z0-9+/]{43}=$/;

/** A SHA-256 digest in hex; null: the text is not one. */
export const digestOfHex = (text: string): Buffer | null =>
  sha256Hex.test(text) ? Buffer.from(text, 'hex') : null;

/** A SHA-256 digest in base64; null: the text is not one. */
export const digestOfBase64 = (text: string): Buffer | null =>
  sha256Base64.test(text) ? Buffer.from(text, 'base64') : null;

export type DigestVerdict = 'valid' | 'unknown_format' | 'digest_mismatch';

/**
 * Compares the digests that a request claims with the expected one, in constant time. One match is enough.
 *
 * @param claimed as long as the expected one; null: not in the format of a digest
 */
export const compareDigests = (
  claimed: readonly (Buffer | null)[],
  computeRight: () => Buffer,
): DigestVerdict => {
  const digests = claimed.filter((digest) => digest !== null);
  if (digests.length === 0) return 'unknown_format';
  const right = computeRight();
  return digests.some((digest) => timingSafeEqual(digest, right)) ? 'valid' : 'digest_mismatch';
};

/** Compares a text with the key in constant time, for any lengths, by comparing their SHA-256. */
export const compareToken = (key: KeyObject, text: string): 'valid' | 'token_mismatch' =>
  timingSafeEqual(hash('sha256', key.export(), 'buffer'), hash('sha256', text, 'buffer'))
    ? 'valid'
    : 'token_mismatch';
