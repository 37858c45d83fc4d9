import { nameInHeader } from '../delivery-name/name-in.ts';
import { compareDigests, digestOfHex, hmacSha256 } from '../digest.ts';
import { headerValue } from '../header-value.ts';
import { jsonSample, sampleText } from '../sample.ts';
import type { Scheme } from '../scheme.ts';
import { textKey } from '../secret.ts';

const signatureHeader = 'x-hub-signature-256';
const deliveryHeader = 'x-github-delivery';
const prefix = 'sha256=';

/**
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 *
 * `X-GitHub-Delivery` stays the same when a delivery is repeated by hand, but the signature does not cover it.
 */
export const github: Scheme = {
  preset: true,
  secretHeaders: () => [signatureHeader, 'x-hub-signature'],
  proof: {
    needsSecret: true,
    keyOf: textKey,
    verify: ({ headers, body }, key) => {
      const signature = headerValue(headers, signatureHeader);
      if (!signature) return 'no_signature_header';
      if (!signature.startsWith(prefix)) return 'unknown_format';
      return compareDigests([digestOfHex(signature.slice(prefix.length))], () => hmacSha256(key, body));
    },
    sign: ({ body, key, deliveryId }) => ({
      [signatureHeader]: `${prefix}${hmacSha256(key, body).toString('hex')}`,
      [deliveryHeader]: deliveryId,
    }),
  },
  acceptsSignatureHeader: false,
  timestamped: false,
  covers: { body: true, headers: [] },
  deliveryName: ({ headers }) => nameInHeader(headers, deliveryHeader, false),
  sample: () => jsonSample({ zen: sampleText, hook_id: 0 }, { 'x-github-event': 'ping' }),
};
