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

/**
 * Every scheme that a webhook can use, in the order in which admins see them listed. A scheme whose name is in `signatureSchemeSchema`
 * but not here does not compile.
 */
export const schemes: Readonly<Record<SignatureScheme, Scheme>> = {
  hmac,
  github,
  stripe,
  slack,
  gitlab,
  shopify,
  'standard-webhooks': standardWebhooks,
  token,
  none,
};

/** The names of the schemes that have the property, in order. */
export const schemesWith = (property: keyof Scheme): SignatureScheme[] =>
  (Object.keys(schemes) as SignatureScheme[]).filter((name) => schemes[name][property]);
