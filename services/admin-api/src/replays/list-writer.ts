import { asEvent, type EventContext, type EventData, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import type { SetMember } from '@mission-control/read-models';

type Item = EventData<'ReplayItemsListed'>['items'][number];

/** Stores the list of a replay, some thousand items in each event. Nothing reads it until the replay is requested. */
export class ListWriter {
  /** About 250 KB: event stores accept at least 1 MiB. */
  static readonly itemsPerEvent = 5_000;
  readonly #store: EventStore;
  readonly #replay: { readonly replayId: string; readonly boardId: string };
  readonly #context: EventContext;
  #waiting: { payloadId: string; place: { webhookId: string; revision: number } | null }[] = [];
  #events = 0;
  #written = 0;

  constructor(store: EventStore, replay: { replayId: string; boardId: string }, context: EventContext) {
    this.#store = store;
    this.#replay = replay;
    this.#context = context;
  }

  /** Items that are in the event store. */
  get written(): number {
    return this.#written;
  }

  /** Items that are not in the event store yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  async add(members: readonly SetMember[]): Promise<void> {
    for (const { id, webhook_id, stream_revision } of members)
      this.#waiting.push({ payloadId: id, place: { webhookId: webhook_id, revision: stream_revision } });
    while (this.#waiting.length >= ListWriter.itemsPerEvent) await this.#append();
  }

  /** @param notFound ids that were listed and that no payload has */
  async finish(notFound: readonly string[]): Promise<void> {
    for (const payloadId of notFound) this.#waiting.push({ payloadId, place: null });
    while (this.#waiting.length > 0) await this.#append();
  }

  async discard(): Promise<void> {
    const stream = streams.replayItems(this.#replay.replayId);
    // Parts of it may be sealed. Nothing waits until the rest is, because nobody was ever told of it.
    if (this.#events > 0) {
      const data = { causeId: this.#replay.replayId, streams: [[stream, null] as [string, null]] };
      await this.#store.append(streams.audit, 'any', [
        asEvent({ type: 'EventsHidden', data }, this.#context),
      ]);
    }
    await this.#store.tombstone(stream);
  }

  async #append(): Promise<void> {
    const some = this.#waiting.splice(0, ListWriter.itemsPerEvent);
    const webhookIds = [...new Set(some.flatMap(({ place }) => place?.webhookId ?? []))];
    const indexes = new Map(webhookIds.map((webhookId, index) => [webhookId, index]));
    const items = some.map(({ payloadId, place }): Item => {
      const index = place && indexes.get(place.webhookId);
      return [payloadId, index ?? null, place?.revision ?? null];
    });
    const listed = { type: 'ReplayItemsListed', data: { ...this.#replay, webhookIds, items } } as const;
    const expected = this.#events === 0 ? 'no_stream' : this.#events - 1;
    const stream = streams.replayItems(this.#replay.replayId);
    const result = await this.#store.append(stream, expected, [asEvent(listed, this.#context)]);
    if (!result.ok) throw new Error(`${stream} does not accept its items (${result.reason}).`);
    this.#events += 1;
    this.#written += some.length;
  }
}
