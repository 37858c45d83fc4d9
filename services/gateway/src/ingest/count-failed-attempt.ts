import type { ApiError } from '@mission-control/runtime';
import type { IngestRecord } from './ingest-record.ts';
import type { IngestLimits } from './limits.ts';
import { rejectionErrors } from './rejection-errors.ts';

/**
 * Counts a rejection if it is a failed attempt by the sender. Resolves to the response: the rejection itself, or 429 if the address has
 * failed too often.
 *
 * A failed attempt names no webhook, comes from an address that the webhook does not allow, has no valid proof, or is too long for its
 * proof to be checked. A request with a valid proof, or one that needs none, is never a failed attempt, whatever it is rejected for (ADR
 * 0011).
 *
 * @param address the key under which limits count the sender
 */
export const countFailedAttempt = async (
  rejection: ApiError,
  record: IngestRecord,
  address: string,
  limits: IngestLimits,
): Promise<ApiError> => {
  if (record.proven) return rejection;
  if (rejection.status === 404) {
    // The webhook may have been known until it was read again.
    record.webhook = null;
    return tooMany(await limits.countUnknown(address)) ?? rejection;
  }
  if (!record.webhook) return rejection;
  const { webhookId, secret } = record.webhook.webhook;
  switch (rejection.status) {
    case 401:
    case 403:
      return tooMany(await limits.countFailed(webhookId, address)) ?? rejection;
    case 413:
      if (secret !== null) await limits.countFailed(webhookId, address);
      return rejection;
    default:
      return rejection;
  }
};

const tooMany = (seconds: number): ApiError | null =>
  seconds > 0 ? rejectionErrors.tooManyRejections(seconds) : null;
