import { type Deliveries, isSettled } from '../delivery/deliveries.ts';

/** Why an item is not requested. The codes are stable because events contain them. */
export type SkipReason = 'still_delivering' | 'payload_gone' | 'payload_not_found';

/** What became of a replay's delivery. */
export type ItemOutcome =
  | { readonly kind: 'under_way' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * What to do about an item, given all deliveries of its payload: request its delivery; nothing, because this replay has done so; or skip
 * it, because an agent is still being told about the payload. A payload without deliveries has just arrived.
 *
 * @param deliveryId the id that the replay's delivery has or would have
 */
export const decideItem = (deliveries: Deliveries, deliveryId: string): 'request' | 'requested' | 'skip' => {
  if (deliveries.has(deliveryId)) return 'requested';
  if (deliveries.size === 0) return 'skip';
  return [...deliveries.values()].every(isSettled) ? 'request' : 'skip';
};

/**
 * The outcome of the replay's own delivery, once it was requested. A later delivery of the payload does not change it. If the payload's
 * deliveries are gone, so is the payload.
 */
export const outcomeOf = (deliveries: Deliveries, deliveryId: string): ItemOutcome => {
  const delivery = deliveries.get(deliveryId);
  if (!delivery) return { kind: 'failed', reason: 'payload_gone' satisfies SkipReason };
  if (!isSettled(delivery)) return { kind: 'under_way' };
  switch (delivery.status) {
    case 'told':
    case 'handled':
    case 'run_failed':
      return { kind: 'done' };
    case 'coalesced':
      // Only the delivery of an arrival has this status.
      return { kind: 'failed', reason: delivery.status };
    default:
      return { kind: 'failed', reason: delivery.reason };
  }
};
