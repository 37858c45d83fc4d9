import { asEvent, type EventData, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { following, type Occasion } from '../duty.ts';
import type { PastDeliveries } from './past-deliveries.ts';

/**
 * Requests another delivery of a payload, on the basis of its past deliveries. If another process wrote first, does nothing.
 *
 * @returns whether it was requested
 */
export const redeliver = async (
  store: EventStore,
  occasion: Occasion,
  past: PastDeliveries,
  data: EventData<'RedeliveryRequested'>,
): Promise<boolean> => {
  const request = asEvent({ type: 'RedeliveryRequested', data }, following(occasion));
  const result = await store.append(streams.delivery(data.payloadId), past.expected, [request]);
  return result.ok;
};
