import { type DeliveryFact, type EventData, unchangedBy } from '@mission-control/contracts';

/**
 * One delivery of a payload, identified by the event that caused it (an arrival or a redelivery request):
 *
 * - `requested`: a redelivery was requested and has not begun.
 * - `attempted`: a message was sent or was about to be sent, and the outcome is unknown.
 * - `retrying`: an attempt failed and another one will follow.
 * - `told`, `parked`, `failed`: final.
 */
export type Delivery =
  | { readonly status: 'requested'; readonly agentId: string | null }
  | { readonly status: 'attempted' | 'retrying'; readonly attempt: Attempt }
  | { readonly status: 'told' }
  | { readonly status: 'parked' | 'failed'; readonly reason: string };

export interface Attempt extends EventData<'DeliveryAttempted'> {
  /** Keys of the attempts that this one replaced: the session may contain a message under one of them. */
  readonly earlierKeys: readonly string[];
  /** Number of failures so far, including those of replaced attempts. */
  readonly failures: number;
  /** When the next try is due, ISO-8601; null: at once. */
  readonly retryAt: string | null;
}

/** All deliveries of one payload by id, in the order of their first events. */
export type Deliveries = ReadonlyMap<string, Delivery>;

export const noDeliveries: Deliveries = new Map();

/** Facts need their event ids, because the id of a `RedeliveryRequested` event is also the id of the delivery that it requests. */
export const evolveDeliveries = (state: Deliveries, fact: DeliveryFact & { id: string }): Deliveries => {
  const set = (deliveryId: string, delivery: Delivery) => new Map(state).set(deliveryId, delivery);
  switch (fact.type) {
    case 'RedeliveryRequested':
      return set(fact.id, { status: 'requested', agentId: fact.data.agentId });
    case 'DeliveryAttempted': {
      const delivery = state.get(fact.data.deliveryId);
      return set(fact.data.deliveryId, {
        status: 'attempted',
        attempt: attemptAfter(delivery && 'attempt' in delivery ? delivery.attempt : null, fact.data),
      });
    }
    case 'DeliveryAttemptFailed': {
      const delivery = state.get(fact.data.deliveryId);
      if (delivery?.status !== 'attempted' && delivery?.status !== 'retrying') return state;
      return set(fact.data.deliveryId, {
        status: 'retrying',
        attempt: { ...delivery.attempt, failures: fact.data.attempt, retryAt: fact.data.retryAt },
      });
    }
    case 'AgentTold':
      return set(fact.data.deliveryId, { status: 'told' });
    case 'DeliveryParked':
      return set(fact.data.deliveryId, { status: 'parked', reason: fact.data.reason });
    case 'DeliveryFailed':
      return set(fact.data.deliveryId, { status: 'failed', reason: fact.data.reason });
    default:
      return unchangedBy(state, fact);
  }
};

/**
 * A delivery has one attempt under one key, unless an attempt that an older release began must not be sent. Then another attempt with a
 * new key replaces it, and inherits the number of failures.
 */
export const attemptAfter = (earlier: Attempt | null, data: EventData<'DeliveryAttempted'>): Attempt => ({
  ...data,
  earlierKeys: earlier ? [...earlier.earlierKeys, earlier.idempotencyKey] : [],
  failures: earlier?.failures ?? 0,
  retryAt: null,
});

export const isFinal = (delivery: Delivery): boolean =>
  delivery.status === 'told' || delivery.status === 'parked' || delivery.status === 'failed';

/** The event that causes a delivery: an arrival or a redelivery request. */
export interface DeliveryCause {
  readonly type: 'WebhookPayloadReceived' | 'RedeliveryRequested';
  readonly eventId: string;
}

/**
 * What to do about a cause: begin its delivery, resume the delivery that it began earlier, or nothing. A further arrival of a payload
 * begins a delivery only if the last one failed or was parked.
 */
export const decideDelivery = (cause: DeliveryCause, state: Deliveries): 'begin' | 'resume' | 'nothing' => {
  const own = state.get(cause.eventId);
  if (own) {
    if (own.status === 'requested') return 'begin';
    return isFinal(own) ? 'nothing' : 'resume';
  }
  if (cause.type === 'RedeliveryRequested') return 'nothing';
  const last = [...state.values()].at(-1);
  return !last || last.status === 'parked' || last.status === 'failed' ? 'begin' : 'nothing';
};
