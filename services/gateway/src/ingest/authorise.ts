import type { KeyObject } from 'node:crypto';
import type { EncryptedSecret } from '@mission-control/contracts';
import type { ActiveWebhook } from '@mission-control/domain';
import { ApiError } from '@mission-control/runtime';
import {
  type Scheme,
  type SignatureFault,
  type SignedRequest,
  schemes,
  signatureFaults,
} from '@mission-control/signatures';
import { isAllowedSource } from './allowed-sources.ts';
import { acceptsEncoding } from './content-encoding.ts';
import type { ReceivedBody } from './received-body.ts';
import { rejectionErrors, Unproven } from './rejection-errors.ts';
import type { Secrets } from './secrets.ts';
import type { KnownWebhook } from './webhooks.ts';

/** The parts of a request that decide whether it is accepted. */
export interface Claim extends SignedRequest {
  /** Canonical. */
  readonly sourceIp: string;
  readonly received: ReceivedBody;
}

type Proof =
  | { readonly verdict: 'verified'; readonly secret: 'current' | 'previous' }
  | { readonly verdict: 'unverified' };

export type Authorised = KnownWebhook & { readonly proof: Proof };

/** An active secret of the webhook, still encrypted. */
interface ActiveSecret {
  readonly which: 'current' | 'previous';
  readonly encrypted: EncryptedSecret;
}

/**
 * Whether the webhook, as configured, accepts the request. Checks content encoding and source first, then the signature, then whether the
 * webhook is enabled.
 *
 * @throws ApiError 503 when that cannot be determined
 */
const judge = async (
  { webhook }: KnownWebhook,
  claim: Claim,
  secrets: Secrets,
): Promise<{ readonly proof: Proof } | { readonly rejection: ApiError }> => {
  if (!acceptsEncoding(webhook, claim.received.encoding)) {
    return { rejection: rejectionErrors.contentEncoding(webhook.contentEncodings) };
  }
  if (!isAllowedSource(webhook, claim.sourceIp)) return { rejection: rejectionErrors.sourceNotAllowed() };
  const scheme = schemes[webhook.signatureScheme];
  const proof = await proveEither(webhook, scheme, claim, secrets);
  if (typeof proof === 'string') return { rejection: new Unproven(proof, scheme) };
  return webhook.enabled ? { proof } : { rejection: rejectionErrors.disabled() };
};

/**
 * Verifies the signature over the bytes as received. If the digest does not match and the body is encoded, the body is inflated and
 * verified again: some senders sign before they compress.
 *
 * @throws ApiError 413 or 503 when the body cannot be inflated within the limits
 */
const proveEither = async (
  webhook: ActiveWebhook,
  scheme: Scheme,
  claim: Claim,
  secrets: Secrets,
): Promise<Proof | SignatureFault> => {
  const proof = await prove(webhook, scheme, claim, secrets);
  if (proof !== 'digest_mismatch' || claim.received.encoding === null || !scheme.covers.body) return proof;
  const content = await inflated(claim.received);
  return content === null ? proof : prove(webhook, scheme, { ...claim, body: content }, secrets);
};

/** null: the body is not encoded as declared, so no signature over its content can match. */
const inflated = async (received: ReceivedBody): Promise<Buffer | null> => {
  try {
    return await received.content('unproven');
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) return null;
    throw error;
  }
};

/**
 * A webhook without a secret accepts every request: there is nothing to verify. If several secrets fail, the most informative fault is
 * returned.
 */
const prove = async (
  webhook: ActiveWebhook,
  { proof }: Scheme,
  claim: Claim,
  secrets: Secrets,
): Promise<Proof | SignatureFault> => {
  if (!proof || webhook.secret === null) return { verdict: 'unverified' };
  const settings = {
    signatureHeader: webhook.signatureHeader,
    toleranceSeconds: webhook.timestampToleranceSeconds,
  };
  let furthest = -1;
  for (const { which, encrypted } of activeSecrets(webhook, claim.receivedAt)) {
    const known = secrets.known(webhook, encrypted);
    const key: KeyObject = known ?? (await secrets.read(webhook, encrypted));
    const signature = proof.verify(claim, key, settings);
    if (signature === 'valid') return { verdict: 'verified', secret: which };
    furthest = Math.max(furthest, signatureFaults.indexOf(signature));
  }
  return signatureFaults[furthest] ?? 'digest_mismatch';
};

const activeSecrets = ({ secret, previousSecret }: ActiveWebhook, receivedAt: number): ActiveSecret[] => {
  const active: ActiveSecret[] = secret === null ? [] : [{ which: 'current', encrypted: secret }];
  if (previousSecret && receivedAt < Date.parse(previousSecret.validUntil)) {
    active.push({ which: 'previous', encrypted: previousSecret.secret });
  }
  return active;
};

/**
 * Decides with the cached configuration. Before it rejects, it reads the current configuration from the store.
 *
 * @throws ApiError 401, 403, 404, 410, 413, 415 or 503
 */
export const authorise = async (
  known: KnownWebhook,
  refresh: () => Promise<KnownWebhook>,
  claim: Claim,
  secrets: Secrets,
): Promise<Authorised> => {
  const first = await judge(known, claim, secrets);
  if ('proof' in first) return { ...known, ...first };
  const current = await refresh();
  if (current.revision === known.revision) throw first.rejection;
  const second = await judge(current, claim, secrets);
  if ('rejection' in second) throw second.rejection;
  return { ...current, ...second };
};
