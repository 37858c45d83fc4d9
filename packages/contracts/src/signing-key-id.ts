import { hash, type KeyObject } from 'node:crypto';

/**
 * The id of a signing key: the first 16 hex digits of the SHA-256 of its public half in DER (SubjectPublicKeyInfo). So an id cannot be given
 * to another key.
 */
export const signingKeyIdOf = (publicKey: KeyObject): string =>
  hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex').slice(0, 16);
