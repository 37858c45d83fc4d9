import type { DeliveryFact } from '@mission-control/contracts';
import type { Attempt } from '@mission-control/domain';
import type { Doubt, Rejected, RejectedCode, Unavailable } from '@mission-control/openclaw';
import { type RetryPolicy, retryDelayMs } from './retries.ts';

/** How an attempt ended. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly runId: string | null }
  | { readonly kind: 'parked'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | Unavailable
  | Doubt
  | Rejected;

/** Rejections that an admin can fix while the message stays the same. */
const fixable: ReadonlySet<RejectedCode> = new Set([
  'token_refused',
  'scope_missing',
  'not_paired',
  'protocol_mismatch',
  'forbidden',
  'address_denied',
  'plaintext_denied',
  'tls_untrusted',
]);

/** The facts to append for an outcome. After the last failed attempt, they include that the delivery is parked. */
export const factsOf = (
  outcome: Outcome,
  attempt: Attempt,
  { policy, now, random }: { policy: RetryPolicy; now: number; random: number },
): DeliveryFact[] => {
  const { payloadId, boardId, webhookId, deliveryId, arrivalRevision, agentId, sessionKey, failures } =
    attempt;
  const delivery = { payloadId, boardId, webhookId, deliveryId };
  const parked = (reason: string): DeliveryFact => ({
    type: 'DeliveryParked',
    data: { ...delivery, arrivalRevision, reason },
  });
  const failed = (reason: string, gatewayCode: string | null): DeliveryFact => ({
    type: 'DeliveryFailed',
    data: { ...delivery, reason, gatewayCode },
  });
  switch (outcome.kind) {
    case 'accepted':
      return [
        {
          type: 'AgentTold',
          data: { ...delivery, agentId, sessionKey, runId: outcome.runId, attempt: failures + 1 },
        },
      ];
    case 'parked':
      return [parked(outcome.reason)];
    case 'failed':
      return [failed(outcome.reason, null)];
    case 'rejected':
      return [fixable.has(outcome.code) ? parked(outcome.code) : failed(outcome.code, outcome.gatewayCode)];
    case 'unavailable':
    case 'doubt': {
      const askedForMs = outcome.kind === 'unavailable' ? outcome.retryAfterMs : undefined;
      const waitMs = retryDelayMs(failures + 1, policy, random, askedForMs);
      const retryAt = waitMs === null ? null : new Date(now + waitMs).toISOString();
      const once: DeliveryFact = {
        type: 'DeliveryAttemptFailed',
        data: { ...delivery, attempt: failures + 1, code: outcome.code, gatewayCode: null, retryAt },
      };
      return retryAt === null ? [once, parked('gateway_unavailable')] : [once];
    }
  }
};
