import { aggregates, loadAggregate } from '@mission-control/aggregates';
import { type DeliveryReference, streams } from '@mission-control/contracts';
import { decideDelivery } from '@mission-control/domain';
import { type EventStore, isTombstoned } from '@mission-control/event-store';

/**
 * Whether the relay has nothing left to do: the delivery has its outcome, or it needs none (a repeat of a payload that was told or is being
 * told), or the payload is gone. A later arrival of a removed payload is never truncated with it: the tombstone of the deliveries says so.
 */
export const isSettled = async (
  store: EventStore,
  { payloadId, cause }: DeliveryReference,
): Promise<boolean> => {
  const deliveries = await loadAggregate(store, aggregates.deliveries, payloadId);
  const decision = decideDelivery(cause, deliveries.state);
  if (decision === 'nothing' || decision === 'follow') return true;
  if ((await store.readEvent(cause.stream, cause.revision)) === 'gone') return true;
  return deliveries.revision < 0 && isTombstoned(store, streams.delivery(payloadId));
};
