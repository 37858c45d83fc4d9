import { isEvent, parseEvent, streams } from '@mission-control/contracts';
import type { RequestedReplay } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';

/** A payload of a replay's set. */
export interface ReplayItem {
  /** From 0. */
  readonly item: number;
  readonly payloadId: string;
  /** null: no payload with this id was found when the set was read. */
  readonly place: { readonly webhookId: string; readonly arrivalRevision: number } | null;
}

/** The list of a replay. Holds one event's items, so memory does not depend on the length of the list. */
export class ReplayItems {
  readonly #store: EventStore;
  readonly #stream: string;
  readonly #perEvent: number;
  #held: { readonly revision: number; readonly items: readonly ReplayItem[] } | null = null;

  constructor(store: EventStore, { replayId, itemsPerEvent }: RequestedReplay) {
    this.#store = store;
    this.#stream = streams.replayItems(replayId);
    this.#perEvent = itemsPerEvent;
  }

  async at(item: number): Promise<ReplayItem> {
    const revision = Math.floor(item / this.#perEvent);
    if (this.#held?.revision !== revision) this.#held = { revision, items: await this.#read(revision) };
    const found = this.#held.items[item % this.#perEvent];
    if (!found) throw new Error(`${this.#stream} has no item ${item}.`);
    return found;
  }

  async #read(revision: number): Promise<ReplayItem[]> {
    const recorded = await this.#store.readEvent(this.#stream, revision);
    if (recorded === 'gone') throw new Error(`${this.#stream} has no revision ${revision}.`);
    const event = parseEvent(recorded);
    if (!isEvent(event, 'ReplayItemsListed')) throw new Error(`${this.#stream} holds ${event.type}.`);
    const { webhookIds, items } = event.data;
    return items.map(([payloadId, webhook, arrivalRevision], n) => {
      const webhookId = webhook === null ? undefined : webhookIds[webhook];
      return {
        item: revision * this.#perEvent + n,
        payloadId,
        place: webhookId === undefined || arrivalRevision === null ? null : { webhookId, arrivalRevision },
      };
    });
  }
}
