import { aggregates, expecting, loadAggregate } from '@mission-control/aggregates';
import {
  asEvent,
  type DeliveryReference,
  deriveId,
  type EventContext,
  namespaces,
  streams,
} from '@mission-control/contracts';
import { type Deliveries, decideDelivery } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';

/**
 * - `claimed`: the arrival's own delivery has not begun, and never will.
 * - `own`: its own delivery has begun.
 * - `nothing`: it needs no delivery.
 */
type Claim = 'claimed' | 'own' | 'nothing';

/**
 * Claims an arrival for a delivery together with others. It is appended at an exact revision, so that the arrival is not told twice, whatever
 * other processes do. Claiming again changes nothing.
 */
export const claim = async (
  store: EventStore,
  { payloadId, boardId, webhookId, cause }: DeliveryReference,
  context: EventContext,
): Promise<Claim> => {
  const data = { payloadId, boardId, webhookId, deliveryId: cause.eventId };
  const id = deriveId(namespaces.event, ['DeliveryCoalesced', cause.eventId]);
  const fact = asEvent({ type: 'DeliveryCoalesced', data }, context, id);
  const stream = streams.delivery(payloadId);
  // Nearly every payload has just arrived.
  for (let expected: 'no_stream' | number = 'no_stream'; ; ) {
    const result = await store.append(stream, expected, [fact]);
    if (result.ok) return 'claimed';
    if (result.reason === 'stream_deleted') return 'nothing';
    const loaded = await loadAggregate(store, aggregates.deliveries, payloadId);
    const known = claimIn(loaded.state, cause);
    if (known !== null) return known;
    expected = expecting(loaded) as 'no_stream' | number;
  }
};

/** What follows from the deliveries of the payload; null: the arrival can be claimed. */
export const claimIn = (deliveries: Deliveries, cause: DeliveryReference['cause']): Claim | null => {
  if (deliveries.get(cause.eventId)?.status === 'coalesced') return 'claimed';
  switch (decideDelivery(cause, deliveries)) {
    case 'begin':
      return null;
    case 'resume':
      return 'own';
    default:
      return 'nothing';
  }
};
