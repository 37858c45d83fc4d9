import { asEvent, newOrderedId, parseEvent, streams } from '@mission-control/contracts';
import type { Checkpoint, EventStore } from '@mission-control/event-store';

/** Who keeps its place in the log in the log itself. */
const keepers = {
  relay: { stream: streams.relay, type: 'RelayLowWaterMarkMoved' },
  steward: { stream: streams.steward, type: 'StewardPlaceMoved' },
} as const;

/** Places that stay readable; one is enough, a few help whoever looks into a mishap. */
const keptPlaces = 10;

/**
 * A reader's place in the log, kept as events of a stream of its own. Each move is appended at the exact revision of the last
 * one, so of two readers that keep the same place one loses its next move.
 */
export class KeptPlace {
  readonly #store: EventStore;
  readonly #keeper: keyof typeof keepers;
  #checkpoint: Checkpoint | null;
  #revision: number;

  private constructor(store: EventStore, keeper: keyof typeof keepers) {
    this.#store = store;
    this.#keeper = keeper;
    this.#checkpoint = null;
    this.#revision = -1;
  }

  static async load(store: EventStore, keeper: keyof typeof keepers): Promise<KeptPlace> {
    const kept = new KeptPlace(store, keeper);
    const { stream, type } = keepers[keeper];
    await store.setStreamMetadata(stream, { maxCount: keptPlaces });
    for await (const recorded of store.readStream(stream, { direction: 'backwards', limit: 1 })) {
      const event = parseEvent(recorded);
      if (event.type !== type) throw new Error(`${stream} holds ${event.type}.`);
      const { incarnation, position, eventId } = event.data;
      kept.#checkpoint = { incarnation, position: BigInt(position), eventId };
      kept.#revision = recorded.revision;
    }
    return kept;
  }

  /** null: the reader has not come anywhere yet. */
  get checkpoint(): Checkpoint | null {
    return this.#checkpoint;
  }

  /** @throws PlaceTaken when somebody else has moved it meanwhile */
  async move(to: Checkpoint): Promise<void> {
    const { stream, type } = keepers[this.#keeper];
    const { incarnation, position, eventId } = to;
    const event = asEvent(
      { type, data: { incarnation, position: position.toString(), eventId } },
      {
        occurredAt: new Date().toISOString(),
        actor: { kind: 'service', id: this.#keeper },
        correlationId: newOrderedId(),
        causationId: null,
      },
    );
    const result = await this.#store.append(stream, this.#revision < 0 ? 'no_stream' : this.#revision, [
      event,
    ]);
    if (!result.ok) throw new PlaceTaken(this.#keeper);
    this.#revision = result.revision;
    this.#checkpoint = to;
  }
}

export class PlaceTaken extends Error {
  readonly code = 'place_taken';

  constructor(keeper: string) {
    super(`another ${keeper} is at work`);
    this.name = 'PlaceTaken';
  }
}
