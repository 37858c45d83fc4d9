import { aggregates, loadAggregate } from '@mission-control/aggregates';
import type { EventStore } from '@mission-control/event-store';

/** The boards whose parked payloads may resume: one board, the board of an agent, or the boards of an OpenClaw gateway. */
export type Scope =
  | { readonly boardId: string }
  | { readonly agentId: string }
  | { readonly gatewayId: string };

/** Tells whether a board is in scope. Looks up each board once. */
export class BoardsInScope {
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
