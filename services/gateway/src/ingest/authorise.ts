import type { ApiError } from '@mission-control/runtime';
import type { Scheme, SignedRequest } from '../signatures/scheme.ts';
import { schemes } from '../signatures/schemes.ts';
import { refusals } from './refusals.ts';
import type { Secrets } from './secrets.ts';
import type { KnownWebhook } from './webhooks.ts';

export type Judgement =
  | {
      readonly accepted: true;
      readonly verdict: 'verified' | 'unverified';
      readonly scheme: Scheme;
      readonly request: SignedRequest;
    }
  | { readonly accepted: false; readonly refusal: ApiError };

export type Authorised = KnownWebhook & Extract<Judgement, { accepted: true }>;

/**
 * Whether the webhook, as it is configured, takes the request: signature first, then whether it is enabled.
 *
 * @throws ApiError 503 when that cannot be told
 */
export const judge = async (
  { webhook }: KnownWebhook,
  received: Omit<SignedRequest, 'signatureHeader'>,
  secrets: Secrets,
): Promise<Judgement> => {
  const scheme = schemes[webhook.signatureScheme];
  if (scheme === 'unsupported') throw refusals.schemeUnsupported();
  const request = { ...received, signatureHeader: webhook.signatureHeader };
  let verdict: 'verified' | 'unverified' = 'unverified';
  if (scheme.verify && webhook.secret !== null) {
    const signature = scheme.verify(request, await secrets.of(webhook.webhookId, webhook.secret));
    if (signature === 'missing') return { accepted: false, refusal: refusals.signatureMissing() };
    if (signature === 'invalid') return { accepted: false, refusal: refusals.signatureInvalid() };
    verdict = 'verified';
  }
  return webhook.enabled
    ? { accepted: true, verdict, scheme, request }
    : { accepted: false, refusal: refusals.disabled() };
};

/**
 * Judges by the configuration known; before it refuses, by the configuration as the store has it now.
 *
 * @throws ApiError 403, 404, 410 or 503
 */
export const authorise = async (
  known: KnownWebhook,
  findAnew: () => Promise<KnownWebhook>,
  received: Omit<SignedRequest, 'signatureHeader'>,
  secrets: Secrets,
): Promise<Authorised> => {
  const first = await judge(known, received, secrets);
  if (first.accepted) return { ...known, ...first };
  const current = await findAnew();
  const second = await judge(current, received, secrets);
  if (!second.accepted) throw second.refusal;
  return { ...current, ...second };
};
