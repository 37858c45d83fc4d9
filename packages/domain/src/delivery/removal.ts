import type { EventData, Fact } from '@mission-control/contracts';
import type { Deliveries, Delivery, RemovalReason } from './deliveries.ts';

/** Deliveries of which the agent may still be told, now or once the reason for which they are parked is removed. */
const outstanding: ReadonlySet<Delivery['status']> = new Set([
  'requested',
  'attempted',
  'retrying',
  'sent',
  'interrupted',
  'parked',
] as const);

interface Removal {
  readonly reason: RemovalReason;
  /** The event of the payload's first arrival, whose delivery may not have begun; null: not known. */
  readonly firstArrivalId: string | null;
}

/** Ends the outstanding deliveries of a payload before it is removed. */
export const endForRemoval = (
  deliveries: Deliveries,
  payload: Pick<EventData<'DeliveryFailed'>, 'payloadId' | 'boardId' | 'webhookId'>,
  { reason, firstArrivalId }: Removal,
): Fact<'DeliveryFailed'>[] => {
  const begun = [...deliveries].flatMap(([id, { status }]) => (outstanding.has(status) ? [id] : []));
  const ending = deliveries.size === 0 && firstArrivalId !== null ? [firstArrivalId] : begun;
  return ending.map((deliveryId) => ({
    type: 'DeliveryFailed',
    data: { ...payload, deliveryId, reason, gatewayCode: null },
  }));
};
