import { nameInHeader } from '../delivery-name/name-in.ts';
import { compareDigests, digestOfBase64, hmacSha256 } from '../digest.ts';
import { headerValue } from '../header-value.ts';
import { jsonSample, sampleText } from '../sample.ts';
import type { Scheme } from '../scheme.ts';
import { textKey } from '../secret.ts';

const signatureHeader = 'x-shopify-hmac-sha256';
const deliveryHeader = 'x-shopify-webhook-id';

/**
 * https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
 *
 * `X-Shopify-Webhook-Id` names the delivery and is the same in its repeats. `X-Shopify-Event-Id` cannot be used: all subscriptions
 * notified of one change in the shop share it.
 *
 * An app that does not answer a wrong HMAC with 401 fails Shopify's review: https://shopify.dev/docs/apps/build/privacy-law-compliance
 */
export const shopify: Scheme = {
  preset: true,
  secretHeaders: () => [signatureHeader],
  proof: {
    needsSecret: true,
    keyOf: textKey,
    verify: ({ headers, body }, key) => {
      const signature = headerValue(headers, signatureHeader);
      if (!signature) return 'no_signature_header';
      return compareDigests([digestOfBase64(signature)], () => hmacSha256(key, body));
    },
    sign: ({ body, key, deliveryId }) => ({
      [signatureHeader]: hmacSha256(key, body).toString('base64'),
      [deliveryHeader]: deliveryId,
    }),
  },
  wwwAuthenticate: 'HMAC',
  acceptsSignatureHeader: false,
  timestamped: false,
  covers: { body: true, headers: [] },
  deliveryName: ({ headers }) => nameInHeader(headers, deliveryHeader, false),
  sample: () =>
    jsonSample({ test: true, message: sampleText }, { 'x-shopify-topic': 'mission_control/test' }),
};
