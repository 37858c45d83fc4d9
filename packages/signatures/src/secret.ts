import { createSecretKey, type KeyObject } from 'node:crypto';

/** A secret that its scheme cannot use. The message continues a sentence that begins with "secret". */
export class InvalidSecret extends Error {
  override readonly name = 'InvalidSecret';
}

/**
 * The key consists of the secret's characters in UTF-8.
 *
 * @throws InvalidSecret
 */
export const textKey = (secret: string): KeyObject => {
  if (secret === '') throw new InvalidSecret('must not be empty.');
  return createSecretKey(secret, 'utf8');
};

const headerText = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * The secret itself is sent in a header. Characters that a header cannot carry unchanged (RFC 9110, 5.5) could never match.
 *
 * @throws InvalidSecret
 */
export const headerKey = (secret: string): KeyObject => {
  if (!headerText.test(secret)) {
    throw new InvalidSecret('must be printable ASCII without spaces at its ends: it is sent as a header.');
  }
  return createSecretKey(secret, 'utf8');
};

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * `whsec_` and base64, or base64 alone, which is how Standard Webhooks serializes secrets.
 *
 * @throws InvalidSecret
 */
export const base64Key = (secret: string): KeyObject => {
  const text = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret;
  const bytes = Buffer.from(text, 'base64');
  if (!base64.test(text) || bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw new InvalidSecret('must be base64, with or without whsec_ before it.');
  }
  return createSecretKey(bytes);
};
