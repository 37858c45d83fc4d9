import { asEvent, newOrderedId, parseEvent, streams } from '@mission-control/contracts';
import type { Checkpoint, EventStore } from '@mission-control/event-store';

/** The services that store their checkpoint in the log itself. */
const keepers = {
  relay: { stream: streams.relay, type: 'RelayLowWaterMarkMoved' },
  steward: { stream: streams.steward, type: 'StewardPlaceMoved' },
} as const;

/** Number of checkpoints that stay readable. One is enough; a few more help to investigate an incident. */
const keptPlaces = 10;

/**
 * A reader's checkpoint in the log, stored as events in a stream of its own. Each move is appended at the exact revision of the
 * last one, so when two readers share a checkpoint, one of them fails at its next move.
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

  /** null: the reader has not stored a checkpoint yet. */
  get checkpoint(): Checkpoint | null {
    return this.#checkpoint;
  }

  /** @throws PlaceTaken when another process has moved it in the meantime */
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
