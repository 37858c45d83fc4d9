import type { DeliveryFact, EventData } from '@mission-control/contracts';
import { unchangedBy } from '../unknown-fact.ts';

/**
 * One delivery of a payload, named by the event that asked for it (an arrival, or a redelivery request):
 *
 * - `requested`: a redelivery was asked for and has not begun.
 * - `attempted`: a message was about to be sent, or was sent, and its outcome is not known.
 * - `retrying`: an attempt failed and another one is due.
 * - `told`, `parked`, `failed`: final.
 */
export type Delivery =
  | { readonly status: 'requested'; readonly agentId: string | null }
  | { readonly status: 'attempted' | 'retrying'; readonly attempt: Attempt }
  | { readonly status: 'told' }
  | { readonly status: 'parked' | 'failed'; readonly reason: string };

export interface Attempt extends EventData<'DeliveryAttempted'> {
  /** Keys of the attempts that it replaced: the session may have a message under one of them. */
  readonly earlierKeys: readonly string[];
  /** Attempts that failed so far, those that it replaced among them. */
  readonly failures: number;
  /** When the next one is due, ISO-8601; null: at once. */
  readonly retryAt: string | null;
}

/** All deliveries of one payload by id, in the order in which they were first heard of. */
export type Deliveries = ReadonlyMap<string, Delivery>;

export const noDeliveries: Deliveries = new Map();

/** The id of a `RedeliveryRequested` event names the delivery it asks for, so facts come with their event ids. */
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
 * A delivery is attempted once under one key, unless an attempt that was begun by an older release must not be sent: then another one
 * takes its place, with a key of its own, and inherits how often sending has failed.
 */
export const attemptAfter = (earlier: Attempt | null, data: EventData<'DeliveryAttempted'>): Attempt => ({
  ...data,
  earlierKeys: earlier ? [...earlier.earlierKeys, earlier.idempotencyKey] : [],
  failures: earlier?.failures ?? 0,
  retryAt: null,
});

export const isFinal = (delivery: Delivery): boolean =>
  delivery.status === 'told' || delivery.status === 'parked' || delivery.status === 'failed';

/** Asks for a delivery: an arrival, or a redelivery request. */
export interface DeliveryCause {
  readonly type: 'WebhookPayloadReceived' | 'RedeliveryRequested';
  readonly eventId: string;
}

/**
 * What is to be done about a cause: begin the delivery that it asks for, go on with the one it began before, or
 * nothing. A further arrival of a payload begins a delivery only where the last one failed or was parked.
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
