import { aggregates, expecting, loadAggregate } from '@mission-control/aggregates';
import { asEvent, type EventData, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { type DutyContext, following, type Occasion } from '../duty.ts';

/** The boards whose parked payloads may resume: one board, the board of an agent, or the boards of an OpenClaw gateway. */
export type Scope =
  | { readonly boardId: string }
  | { readonly agentId: string }
  | { readonly gatewayId: string };

export interface ParkedPayloads {
  readonly scope: Scope;
  readonly maxAgeSeconds: number;
  /** Only payloads that were parked for this reason; default: any reason. */
  readonly parkedFor?: string;
}

type Parking = EventData<'DeliveryParked'>;

/**
 * Requests redelivery of payloads that are still parked, in the order in which they were parked. Finds them by reading
 * `DeliveryParked` events backwards, up to the maximum age. Holds only ids.
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
  for (const parking of await parkingsOf(store, parked)) {
    if (await requestAgain(store, occasion, parking, reason)) resumed += 1;
  }
  if (resumed > 0) log.info({ ...parked.scope, resumed, reason }, 'requested redelivery of parked payloads');
};

/** The last parking of each payload, oldest first. */
const parkingsOf = async (
  store: EventStore,
  { scope, maxAgeSeconds, parkedFor }: ParkedPayloads,
): Promise<Parking[]> => {
  const boards = new BoardsInScope(store, scope);
  const oldest = Date.now() - maxAgeSeconds * 1000;
  const newestFirst = new Map<string, Parking>();
  const filter = { types: ['DeliveryParked'] };
  for await (const recorded of store.readAll({ from: 'end', direction: 'backwards', filter })) {
    if (Date.parse(recorded.recordedAt) < oldest) break;
    const { type, data } = parseEvent(recorded);
    if (type !== 'DeliveryParked' || newestFirst.has(data.payloadId)) continue;
    if (await boards.includes(data.boardId)) newestFirst.set(data.payloadId, data);
  }
  return [...newestFirst.values()]
    .filter((parking) => parkedFor === undefined || parking.reason === parkedFor)
    .reverse();
};

/**
 * Requests redelivery if the last delivery of the payload is still the parked one. If another process wrote first, does nothing.
 */
const requestAgain = async (
  store: EventStore,
  occasion: Occasion,
  { payloadId, boardId, webhookId, deliveryId, arrivalRevision }: Parking,
  reason: string,
): Promise<boolean> => {
  const deliveries = await loadAggregate(store, aggregates.deliveries, payloadId);
  const [lastId, last] = [...deliveries.state].at(-1) ?? [];
  if (lastId !== deliveryId || last?.status !== 'parked') return false;
  const request = {
    type: 'RedeliveryRequested',
    data: { payloadId, boardId, webhookId, arrivalRevision, agentId: null, reason },
  } as const;
  const result = await store.append(streams.delivery(payloadId), expecting(deliveries), [
    asEvent(request, following(occasion)),
  ]);
  return result.ok;
};

/** Tells whether a board is in scope. Looks up each board once. */
class BoardsInScope {
  readonly #store: EventStore;
  readonly #scope: Scope;
  readonly #known = new Map<string, boolean>();

  constructor(store: EventStore, scope: Scope) {
    this.#store = store;
    this.#scope = scope;
  }

  async includes(boardId: string): Promise<boolean> {
    const known = this.#known.get(boardId);
    if (known !== undefined) return known;
    const concerned = await this.#isConcerned(boardId);
    this.#known.set(boardId, concerned);
    return concerned;
  }

  async #isConcerned(boardId: string): Promise<boolean> {
    if ('boardId' in this.#scope) return boardId === this.#scope.boardId;
    const { state: board } = await loadAggregate(this.#store, aggregates.board, boardId);
    if (board.status !== 'open') return false;
    return 'agentId' in this.#scope
      ? board.agents.has(this.#scope.agentId)
      : board.gatewayId === this.#scope.gatewayId;
  }
}
