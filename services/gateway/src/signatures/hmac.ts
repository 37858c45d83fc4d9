import { headerValue } from '../server/header-value.ts';
import { hmacSha256, matchesHex } from './hmac-sha256.ts';
import type { Scheme } from './scheme.ts';

const usualHeaders = ['x-hub-signature-256', 'x-webhook-signature'];

/**
 * HMAC-SHA-256 of the body as hex, with or without `sha256=` before it. Read from the configured header and no other; without one from
 * the first usual header that is there.
 */
export const hmac: Scheme = {
  signatureHeaders: (configured) => (configured ? [configured, ...usualHeaders] : usualHeaders),
  verify: ({ headers, body, signatureHeader }, secret) => {
    const candidates = signatureHeader ? [signatureHeader] : usualHeaders;
    const signature = candidates.map((name) => headerValue(headers, name)).find((value) => value);
    if (!signature) return 'missing';
    return matchesHex(hmacSha256(secret, body), signature.trim().replace(/^sha256=/i, ''))
      ? 'valid'
      : 'invalid';
  },
  deliveryName: () => null,
};
