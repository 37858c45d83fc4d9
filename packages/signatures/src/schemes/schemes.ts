import type { SignatureScheme } from '@mission-control/contracts';
import type { Scheme } from '../scheme.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { hmac } from './hmac.ts';
import { none } from './none.ts';
import { shopify } from './shopify.ts';
import { slack } from './slack.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';
import { token } from './token.ts';

/** Every scheme that a webhook can use. A new scheme does not compile until it is listed here. */
export const schemes: Readonly<Record<SignatureScheme, Scheme>> = {
  hmac,
  github,
  stripe,
  'standard-webhooks': standardWebhooks,
  slack,
  shopify,
  gitlab,
  token,
  none,
};
