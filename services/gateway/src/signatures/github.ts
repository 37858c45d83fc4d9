import { headerValue } from '../server/header-value.ts';
import { hmacSha256, matchesHex } from './hmac-sha256.ts';
import { asDeliveryKey, type Scheme } from './scheme.ts';

const signatureHeader = 'x-hub-signature-256';
const prefix = 'sha256=';

/**
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 *
 * `X-GitHub-Delivery` stays the same when a delivery is repeated by hand, but the signature does not cover it.
 */
export const github: Scheme = {
  signatureHeaders: () => [signatureHeader, 'x-hub-signature'],
  verify: ({ headers, body }, secret) => {
    const signature = headerValue(headers, signatureHeader);
    if (!signature) return 'missing';
    if (!signature.startsWith(prefix)) return 'invalid';
    return matchesHex(hmacSha256(secret, body), signature.slice(prefix.length)) ? 'valid' : 'invalid';
  },
  deliveryName: ({ headers }) => {
    const key = asDeliveryKey(headers['x-github-delivery']);
    return key === null ? null : { key, source: 'header:x-github-delivery', signed: false };
  },
};
