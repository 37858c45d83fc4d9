import { type EventData, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import type { DutyContext, Occasion } from '../duty.ts';
import { lastDelivery, readPastDeliveries } from '../redelivering/past-deliveries.ts';
import { redeliver } from '../redelivering/redeliver.ts';
import { BoardsInScope, type Scope } from './boards-in-scope.ts';

export interface ParkedPayloads {
  readonly scope: Scope;
  readonly maxAgeSeconds: number;
  /** Chooses payloads, for example by the reason for which they were parked. */
  readonly isResumed: (parking: Parking) => boolean;
}

export type Parking = EventData<'DeliveryParked'>;

/** The wait for the OpenClaw gateway took too long. A later change does not make the payload any younger. */
const tooLate = 'expired_undelivered';

/**
 * Requests redelivery of payloads that are still parked, in the order in which they arrived. Finds them by reading `DeliveryParked` events
 * backwards, up to the maximum age. Holds only ids.
 *
 * @param reason shown in the timelines of the payloads
 */
export const resumeParked = async (
  { store, log }: DutyContext,
  occasion: Occasion,
  parked: ParkedPayloads,
  reason: string,
): Promise<void> => {
  let resumed = 0;
  for (const parking of await parkedInOrder(store, parked)) {
    if (await requestAgain(store, occasion, parking, reason)) resumed += 1;
  }
  if (resumed > 0) log.info({ ...parked.scope, resumed, reason }, 'requested redelivery of parked payloads');
};

/** The last parking of each payload, in the order in which the payloads arrived. */
export const parkedInOrder = async (store: EventStore, parked: ParkedPayloads): Promise<Parking[]> =>
  inArrivalOrder(store, await parkingsOf(store, parked));

/** How far the clocks of two notifiers may differ, in milliseconds: their events are in the log's order only up to that. */
const clocksDiffer = 60_000;

/** The last parking of each payload. */
const parkingsOf = async (
  store: EventStore,
  { scope, maxAgeSeconds, isResumed }: ParkedPayloads,
): Promise<Parking[]> => {
  const boards = new BoardsInScope(store, scope);
  const oldest = Date.now() - maxAgeSeconds * 1000;
  const newest = new Map<string, Parking>();
  const filter = { types: ['DeliveryParked'] };
  for await (const recorded of store.readAll({ from: 'end', direction: 'backwards', filter })) {
    const { type, data, metadata } = parseEvent(recorded);
    const parkedAt = Date.parse(metadata.occurredAt);
    if (parkedAt < oldest - clocksDiffer) break;
    if (type !== 'DeliveryParked' || newest.has(data.payloadId) || parkedAt < oldest) continue;
    if (await boards.includes(data.boardId)) newest.set(data.payloadId, data);
  }
  return [...newest.values()].filter((parking) => parking.reason !== tooLate && isResumed(parking));
};

const readTogether = 16;

/** By the positions of the arrivals in the log. A payload whose arrival is gone comes first: it fails at once. */
const inArrivalOrder = async (store: EventStore, parkings: readonly Parking[]): Promise<Parking[]> => {
  const placed: { position: bigint; parking: Parking }[] = [];
  for (let n = 0; n < parkings.length; n += readTogether) {
    const some = parkings.slice(n, n + readTogether).map(async (parking) => {
      const { webhookId, arrivalRevision } = parking;
      const arrival = await store.readEvent(streams.payloads(webhookId), arrivalRevision);
      return { position: arrival === 'gone' ? -1n : arrival.position, parking };
    });
    placed.push(...(await Promise.all(some)));
  }
  return placed.sort((one, other) => (one.position < other.position ? -1 : 1)).map(({ parking }) => parking);
};

/** Requests redelivery if the last delivery of the payload is still the parked one. */
export const requestAgain = async (
  store: EventStore,
  occasion: Occasion,
  { payloadId, boardId, webhookId, deliveryId, arrivalRevision, reason: parkedFor }: Parking,
  reason: string,
): Promise<boolean> => {
  const past = await readPastDeliveries(store, payloadId);
  const last = lastDelivery(past);
  if (last?.id !== deliveryId || last.status !== 'parked') return false;
  // A request may have named another agent than the configuration does. Without that agent, the configuration decides.
  const requested = past.requests.get(deliveryId)?.agentId ?? null;
  const agentId = parkedFor === 'agent_deleted' ? null : requested;
  return redeliver(store, occasion, past, {
    payloadId,
    boardId,
    webhookId,
    arrivalRevision,
    agentId,
    reason,
  });
};
