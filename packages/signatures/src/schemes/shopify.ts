import { nameInHeader } from '../delivery-name/name-in.ts';
import { hmacSha256, matchesBase64 } from '../digest.ts';
import { headerValue } from '../header-value.ts';
import type { Scheme } from '../scheme.ts';
import { textKey } from '../secret.ts';

const signatureHeader = 'x-shopify-hmac-sha256';
const deliveryHeader = 'x-shopify-webhook-id';

/**
 * https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
 *
 * `X-Shopify-Webhook-Id` names the delivery and stays in its repeats. `X-Shopify-Event-Id` does not do: all subscriptions that one
 * change in the shop tells share it.
 */
export const shopify: Scheme = {
  secretHeaders: () => [signatureHeader],
  proof: {
    keyOf: textKey,
    verify: ({ headers, body }, key) => {
      const signature = headerValue(headers, signatureHeader);
      if (!signature) return 'missing';
      return matchesBase64(hmacSha256(key, body), signature) ? 'valid' : 'invalid';
    },
    sign: ({ body, key, deliveryId }) => ({
      [signatureHeader]: hmacSha256(key, body).toString('base64'),
      [deliveryHeader]: deliveryId,
    }),
  },
  takesSignatureHeader: false,
  timestamped: false,
  covers: { body: true, headers: [] },
  deliveryName: ({ headers }) => nameInHeader(headers, deliveryHeader, false),
};
