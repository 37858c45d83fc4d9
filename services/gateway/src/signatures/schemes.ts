import type { SignatureScheme } from '@mission-control/contracts';
import { github } from './github.ts';
import { hmac } from './hmac.ts';
import { none } from './none.ts';
import type { Scheme } from './scheme.ts';
import { stripe } from './stripe.ts';

/**
 * Every scheme that a webhook can be configured with. A new one does not compile until it stands here. `unsupported` ones are
 * refused when a webhook is configured; a request to a webhook that has one nevertheless is never accepted.
 */
export const schemes: Readonly<Record<SignatureScheme, Scheme | 'unsupported'>> = {
  hmac,
  github,
  stripe,
  none,
  'standard-webhooks': 'unsupported',
  slack: 'unsupported',
  shopify: 'unsupported',
  gitlab: 'unsupported',
  token: 'unsupported',
};
