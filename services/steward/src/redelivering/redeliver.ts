import { asEvent, deriveId, type EventData, namespaces, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { following, type Occasion } from '../duty.ts';
import { lastDelivery, type PastDeliveries } from './past-deliveries.ts';

/**
 * Requests another delivery of a payload, on the basis of its past deliveries. If another process wrote first, does nothing. The id follows
 * from the last delivery: if a restored log does not have the request, the steward requests it again under the same id, and the message has
 * the key that an agent may already have been told under.
 *
 * @returns whether it was requested
 */
export const redeliver = async (
  store: EventStore,
  occasion: Occasion,
  past: PastDeliveries,
  request: Omit<EventData<'RedeliveryRequested'>, 'coalescedRevision'>,
): Promise<boolean> => {
  const { coalescedRevision } = past;
  const data = { ...request, ...(coalescedRevision !== undefined && { coalescedRevision }) };
  const after = lastDelivery(past)?.id ?? null;
  const id = deriveId(namespaces.event, ['RedeliveryRequested', data.payloadId, after]);
  const event = asEvent({ type: 'RedeliveryRequested', data }, following(occasion), id);
  const result = await store.append(streams.delivery(data.payloadId), past.expected, [event]);
  return result.ok;
};
