import { aggregates, expecting, loadAggregate } from '@mission-control/aggregates';
import { asEvent, type EventData, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { type Duty, following, type Occasion } from '../duty.ts';

/** Whose parked payloads a change of configuration may free. */
export type Scope =
  | { readonly boardId: string }
  | { readonly agentId: string }
  | { readonly gatewayId: string };

/** Changes that come together (a board, its lead, its session) are answered once they are all there. */
const settleMs = 250;

/**
 * After a change of configuration: what was parked on the boards concerned, and is younger than `maxAgeSeconds`, is asked for
 * again. Parked deliveries are found by walking the log's parkings back to that age.
 */
export const afterConfigurationChanged = (occasion: Occasion, scope: Scope, maxAgeSeconds: number): Duty => ({
  delayMs: settleMs,
  carryOut: async ({ store, log }) => {
    const boards = new BoardsInScope(store, scope);
    const oldest = Date.now() - maxAgeSeconds * 1000;
    const seen = new Set<string>();
    let resumed = 0;
    const parkings = store.readAll({
      from: 'end',
      direction: 'backwards',
      filter: { types: ['DeliveryParked'] },
    });
    for await (const recorded of parkings) {
      if (Date.parse(recorded.recordedAt) < oldest) break;
      const event = parseEvent(recorded);
      if (event.type !== 'DeliveryParked' || seen.has(event.data.payloadId)) continue;
      seen.add(event.data.payloadId);
      if ((await boards.includes(event.data.boardId)) && (await requestAgain(store, occasion, event.data)))
        resumed += 1;
    }
    if (resumed > 0) log.info({ ...scope, resumed }, 'parked payloads are taken up again');
  },
});

/** Asks for the payload again if its last delivery is still the parked one. A lost race means that somebody else saw to it. */
const requestAgain = async (
  store: EventStore,
  occasion: Occasion,
  { payloadId, boardId, webhookId, deliveryId, arrivalRevision }: EventData<'DeliveryParked'>,
): Promise<boolean> => {
  const deliveries = await loadAggregate(store, aggregates.deliveries, payloadId);
  const [lastId, last] = [...deliveries.state].at(-1) ?? [];
  if (lastId !== deliveryId || last?.status !== 'parked') return false;
  const request = {
    type: 'RedeliveryRequested',
    data: { payloadId, boardId, webhookId, arrivalRevision, agentId: null, reason: 'configuration_changed' },
  } as const;
  const result = await store.append(streams.delivery(payloadId), expecting(deliveries), [
    asEvent(request, following(occasion)),
  ]);
  return result.ok;
};

/** Whether a board is concerned; each board is looked at once. */
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
