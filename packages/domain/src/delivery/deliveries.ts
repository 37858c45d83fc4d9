import { type DeliveryFact, type EventData, unchangedBy } from '@mission-control/contracts';

/**
 * One delivery of a payload, identified by the event that caused it (an arrival or a redelivery request):
 *
 * - `requested`: a redelivery was requested and has not begun.
 * - `attempted`: a message was sent or was about to be sent, and its fate is not known.
 * - `retrying`: an attempt failed and another one will follow.
 * - `sent`: the OpenClaw gateway acknowledged the message, and may still lose it.
 * - `interrupted`: the OpenClaw gateway lost the message, and another attempt will follow.
 * - `told`: the session has the message. (Of an older release: the OpenClaw gateway acknowledged it.)
 * - `handled`, `run_failed`: told, and the agent's run ended well, or not.
 * - `outcome_unknown`: it cannot be determined whether the session had the message.
 * - `parked`, `failed`: ended without telling the agent.
 * - `coalesced`: the arrival is told together with others, by a delivery of its own.
 * - `filtered`: the webhook's rules say that no agent is told.
 */
export type Delivery =
  | { readonly status: 'requested'; readonly agentId: string | null }
  | {
      readonly status: 'attempted' | 'retrying' | 'sent' | 'interrupted';
      readonly attempt: Attempt;
    }
  | Told
  | { readonly status: 'handled' | 'run_failed' | 'coalesced' }
  | { readonly status: 'outcome_unknown' | 'parked' | 'failed' | 'filtered'; readonly reason: string };

interface Told {
  readonly status: 'told';
  /** How this is known. `acknowledged`: by an older release, which did not ask whether the session has the message. */
  readonly evidence: EventData<'MessageConfirmed'>['evidence'] | 'acknowledged';
  /** The run to follow until its end; null: it is not followed, or no longer followed. */
  readonly run: EventData<'MessageConfirmed'> | null;
}

export interface Attempt extends EventData<'DeliveryAttempted'> {
  /** Keys of the attempts that this one replaced: the session may contain a message under one of them. */
  readonly earlierKeys: readonly string[];
  /** Number of failures so far, including those of replaced attempts. */
  readonly failures: number;
  /** When the next try is due, ISO-8601; null: at once. */
  readonly retryAt: string | null;
  /** The acknowledgement of this attempt's message; null if it was not acknowledged. */
  readonly sent: Acknowledgement | null;
  /** How many messages of this delivery the OpenClaw gateway lost so far. */
  readonly losses: number;
}

interface Acknowledgement {
  readonly runId: string | null;
  /** The process of the OpenClaw gateway that acknowledged the message; null: not known. */
  readonly bootId: string | null;
  /** The OpenClaw gateway's id of the session; null: there was no session. undefined: not known. */
  readonly sessionId: string | null | undefined;
  /** When it was recorded, ISO-8601. */
  readonly at: string;
}

/** All deliveries of one payload by id, in the order of their first events. */
export type Deliveries = ReadonlyMap<string, Delivery>;

export const noDeliveries: Deliveries = new Map();

/**
 * Facts need their event ids, because the id of a `RedeliveryRequested` event is also the id of the delivery that it requests, and the
 * time, because an acknowledgement is compared with what happened to the session afterwards.
 */
export type DeliveryRecord = DeliveryFact & {
  readonly id: string;
  readonly metadata: { readonly occurredAt: string };
};

export const evolveDeliveries = (state: Deliveries, fact: DeliveryRecord): Deliveries => {
  if (fact.type === 'RedeliveryRequested')
    return new Map(state).set(fact.id, { status: 'requested', agentId: fact.data.agentId });
  const { deliveryId } = fact.data;
  const before = state.get(deliveryId);
  const after = evolveDelivery(before, fact);
  return after === undefined || after === before ? state : new Map(state).set(deliveryId, after);
};

/** An event about an attempt has no effect if the delivery has no attempt or is already settled. */
const evolveDelivery = (
  delivery: Delivery | undefined,
  fact: Exclude<DeliveryRecord, { type: 'RedeliveryRequested' }>,
): Delivery | undefined => {
  const attempt = delivery && 'attempt' in delivery ? delivery.attempt : null;
  switch (fact.type) {
    case 'DeliveryAttempted':
      return { status: 'attempted', attempt: attemptAfter(attempt, fact.data) };
    case 'DeliveryAttemptFailed': {
      const { attempt: failures, retryAt } = fact.data;
      return attempt ? { status: 'retrying', attempt: { ...attempt, failures, retryAt } } : delivery;
    }
    case 'MessageSent': {
      const { runId, bootId, sessionId } = fact.data;
      const sent = { runId, bootId, sessionId, at: fact.metadata.occurredAt };
      return attempt ? { status: 'sent', attempt: { ...attempt, sent, retryAt: null } } : delivery;
    }
    case 'MessageLost':
      return attempt
        ? {
            status: 'interrupted',
            attempt: { ...attempt, sent: null, retryAt: null, losses: attempt.losses + 1 },
          }
        : delivery;
    case 'MessageConfirmed':
      return { status: 'told', evidence: fact.data.evidence, run: fact.data };
    case 'AgentTold':
      return { status: 'told', evidence: 'acknowledged', run: null };
    case 'AgentRunEnded':
      return afterRun(delivery, fact.data.outcome);
    case 'DeliveryOutcomeUnknown':
      return { status: 'outcome_unknown', reason: fact.data.reason };
    case 'DeliveryParked':
      return { status: 'parked', reason: fact.data.reason };
    case 'DeliveryFailed':
      return { status: 'failed', reason: fact.data.reason };
    case 'DeliveryCoalesced':
      return { status: 'coalesced' };
    case 'DeliveryFiltered':
      return { status: 'filtered', reason: fact.data.reason };
    case 'DeliveryFilterFailed':
      return delivery;
    default:
      return unchangedBy(delivery, fact);
  }
};

const afterRun = (
  delivery: Delivery | undefined,
  outcome: EventData<'AgentRunEnded'>['outcome'],
): Delivery | undefined => {
  if (outcome !== 'unknown') return { status: runSucceeded(outcome) ? 'handled' : 'run_failed' };
  return delivery?.status === 'told' ? { ...delivery, run: null } : delivery;
};

/** Whether the agent dealt with the message: it answered, or chose to say nothing. */
export const runSucceeded = (outcome: EventData<'AgentRunEnded'>['outcome']): boolean =>
  outcome === 'ok' || outcome === 'no_reply';

/**
 * A delivery has one attempt under one key, unless that attempt must not be sent (again): an older release began it, or the OpenClaw
 * gateway lost its message. Then another attempt with a new key replaces it, and inherits what was counted.
 */
const attemptAfter = (earlier: Attempt | null, data: EventData<'DeliveryAttempted'>): Attempt => ({
  ...data,
  earlierKeys: earlier ? [...earlier.earlierKeys, earlier.idempotencyKey] : [],
  failures: earlier?.failures ?? 0,
  retryAt: null,
  sent: null,
  losses: earlier?.losses ?? 0,
});

/** For a settled delivery nothing more is sent, and its message needs no further look-up. */
export const isSettled = (
  delivery: Delivery,
): delivery is Exclude<Delivery, { status: 'requested' } | { attempt: Attempt }> =>
  delivery.status !== 'requested' && !('attempt' in delivery);

/** Why a payload or its content is removed, as the reason with which its outstanding deliveries end. */
export type RemovalReason = 'expired_undelivered' | 'payload_deleted' | 'content_erased';

const removalReasons: ReadonlySet<string> = new Set<RemovalReason>([
  'expired_undelivered',
  'payload_deleted',
  'content_erased',
]);

/**
 * Whether deliveries of the payload ended because it is removed. `expired_undelivered` is also the reason of deliveries that were parked
 * because they waited for too long: those have not ended for good.
 */
export const endedForRemoval = (deliveries: Deliveries): boolean =>
  [...deliveries.values()].some((one) => one.status === 'failed' && removalReasons.has(one.reason));

/** The event that causes a delivery: an arrival, payloads told together, or a redelivery request. */
export interface DeliveryCause {
  readonly type: 'WebhookPayloadReceived' | 'PayloadsCoalesced' | 'RedeliveryRequested';
  readonly eventId: string;
}

/** Ends of deliveries of which no agent was told. */
const withoutAgent: ReadonlySet<Delivery['status']> = new Set(['parked', 'failed', 'filtered'] as const);

/**
 * What to do about a cause: begin its delivery, resume the delivery that it began earlier, follow the run of the agent that was told, or
 * nothing. A further arrival of a payload begins a delivery only if the last one failed, was parked or filtered, and the payload is not being
 * removed.
 */
export const decideDelivery = (
  cause: DeliveryCause,
  state: Deliveries,
): 'begin' | 'resume' | 'follow' | 'nothing' => {
  const own = state.get(cause.eventId);
  if (own) {
    if (own.status === 'requested') return 'begin';
    if (!isSettled(own)) return 'resume';
    return own.status === 'told' && own.run ? 'follow' : 'nothing';
  }
  if (cause.type === 'RedeliveryRequested' || endedForRemoval(state)) return 'nothing';
  const last = [...state.values()].at(-1);
  return !last || withoutAgent.has(last.status) ? 'begin' : 'nothing';
};
