import type { DeliveryFact } from '@mission-control/contracts';
import { concernOf, type Rejected } from '@mission-control/openclaw';
import type { Delivery } from '../delivery/delivery.ts';
import { type RetryPolicy, retryDelayMs } from './retries.ts';

/** The delivery waits until something changes. The reason is stored, so it keeps its name. */
export const parked = (
  { ids, cause: { arrivalRevision, coalesced } }: Delivery,
  reason: string,
  detail: string | null = null,
): DeliveryFact => ({
  type: 'DeliveryParked',
  data: {
    ...ids,
    arrivalRevision,
    ...(coalesced && { coalescedRevision: coalesced.revision }),
    reason,
    ...(detail !== null && { detail }),
  },
});

export const failed = (
  { ids }: Delivery,
  reason: string,
  { gatewayCode = null, detail = null }: { gatewayCode?: string | null; detail?: string | null } = {},
): DeliveryFact => ({
  type: 'DeliveryFailed',
  data: { ...ids, reason, gatewayCode, ...(detail !== null && { detail }) },
});

/** An admin can change the OpenClaw gateway, our access to it and the agent's session, but not the message. */
export const rejectedFact = (delivery: Delivery, outcome: Rejected): DeliveryFact =>
  concernOf(outcome.code) === 'message'
    ? failed(delivery, outcome.code, outcome)
    : parked(delivery, outcome.code, outcome.detail);

/**
 * The message was sent, but the OpenClaw gateway does not have it. After the last retry the delivery is parked.
 *
 * @param why.code the code of the doubt, or `message_forgotten` if the OpenClaw gateway had acknowledged the message
 */
export const attemptFailed = (
  delivery: Delivery,
  why: { readonly code: string; readonly detail: string | null },
  { policy, now, random }: { policy: RetryPolicy; now: number; random: number },
): DeliveryFact[] => {
  const attempt = (delivery.attempt?.failures ?? 0) + 1;
  const waitMs = retryDelayMs(attempt, policy, random);
  const retryAt = waitMs === null ? null : new Date(now + waitMs).toISOString();
  const { code, detail } = why;
  return [
    {
      type: 'DeliveryAttemptFailed',
      data: {
        ...delivery.ids,
        attempt,
        code,
        gatewayCode: null,
        retryAt,
        ...(detail !== null && { detail }),
      },
    },
    ...(retryAt === null ? [parked(delivery, 'no_answer', detail)] : []),
  ];
};

/** What the OpenClaw gateway returned when it acknowledged a message. */
export interface Acknowledged {
  readonly runId: string | null;
  readonly bootId: string | null;
  /** undefined: not known. */
  readonly sessionId: string | null | undefined;
}

export const sent = (delivery: Delivery, { runId, bootId, sessionId }: Acknowledged): DeliveryFact[] => {
  const { attempt, own } = delivery;
  if (!attempt || own?.status === 'sent') return [];
  const { idempotencyKey } = attempt;
  return [
    {
      type: 'MessageSent',
      data: {
        ...messageOf(delivery, attempt),
        idempotencyKey,
        runId,
        bootId,
        ...(sessionId !== undefined && { sessionId }),
      },
    },
  ];
};

/** @param found.key the key under which the session has the message */
export const confirmed = (
  delivery: Delivery,
  { key, evidence }: { readonly key: string; readonly evidence: 'history' | 'receipt' },
): DeliveryFact[] => {
  const { attempt } = delivery;
  if (!attempt) return [];
  return [
    {
      type: 'MessageConfirmed',
      // An OpenClaw gateway names a run by the key of the message that began it.
      data: { ...messageOf(delivery, attempt), idempotencyKey: key, runId: key, evidence },
    },
  ];
};

/** What is recorded of a message when it is sent and when it is confirmed. */
const messageOf = (
  { ids }: Delivery,
  { agentId, gatewayId, sessionKey, failures, losses }: NonNullable<Delivery['attempt']>,
) => ({ ...ids, agentId, gatewayId, sessionKey, attempt: failures + 1, sentAgain: losses > 0 });
