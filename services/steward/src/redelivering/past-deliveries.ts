import { expecting } from '@mission-control/aggregates';
import { eventTypes, isEvent, parseEvent, streams } from '@mission-control/contracts';
import { type Deliveries, evolveDeliveries, noDeliveries } from '@mission-control/domain';
import type { EventStore, ExpectedRevision } from '@mission-control/event-store';

/** A redelivery that was requested. */
interface Request {
  readonly agentId: string | null;
  readonly reason: string;
  /** The steward decided on it. What a replay requests, an admin decided on. */
  readonly bySteward: boolean;
}

/** The deliveries of a payload so far. */
export interface PastDeliveries {
  /** In the order of their first events. */
  readonly deliveries: Deliveries;
  /** By the id of the delivery. Deliveries that arrivals caused have none. */
  readonly requests: ReadonlyMap<string, Request>;
  /** The arrival that each delivery is about, as far as an event states it. */
  readonly arrivalRevisions: ReadonlyMap<string, number>;
  /** Of the event that names the payloads which are told together; undefined: one payload is told. */
  readonly coalescedRevision: number | undefined;
  readonly expected: ExpectedRevision;
}

export const readPastDeliveries = async (store: EventStore, payloadId: string): Promise<PastDeliveries> => {
  let deliveries = noDeliveries;
  let revision = -1;
  const requests = new Map<string, Request>();
  const arrivalRevisions = new Map<string, number>();
  let coalescedRevision: number | undefined;
  for await (const recorded of store.readStream(streams.delivery(payloadId))) {
    const event = parseEvent(recorded);
    revision = recorded.revision;
    if (!isEvent(event, ...eventTypes.delivery)) continue;
    deliveries = evolveDeliveries(deliveries, event);
    if ('coalescedRevision' in event.data) coalescedRevision = event.data.coalescedRevision;
    if (event.type === 'RedeliveryRequested') {
      const { agentId, reason, arrivalRevision, replayId } = event.data;
      const { kind, id } = event.metadata.actor;
      requests.set(event.id, {
        agentId,
        reason,
        bySteward: kind === 'service' && id === 'steward' && replayId === undefined,
      });
      arrivalRevisions.set(event.id, arrivalRevision);
    } else if ('arrivalRevision' in event.data) {
      arrivalRevisions.set(event.data.deliveryId, event.data.arrivalRevision);
    }
  }
  const expected = expecting({ state: deliveries, revision });
  return { deliveries, requests, arrivalRevisions, coalescedRevision, expected };
};

/** The delivery that began or was requested last. */
export const lastDelivery = ({ deliveries }: PastDeliveries) => {
  const [id, delivery] = [...deliveries].at(-1) ?? [];
  return id !== undefined && delivery ? { id, ...delivery } : null;
};
