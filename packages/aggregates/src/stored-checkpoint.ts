import { asEvent, newOrderedId, parseEvent, streams } from '@mission-control/contracts';
import { type Checkpoint, type EventStore, lastEvent } from '@mission-control/event-store';

/** The readers that store their checkpoint in the log itself. */
const readers = {
  relay: { stream: streams.relay, type: 'RelayLowWaterMarkMoved' },
  steward: { stream: streams.steward, type: 'StewardPlaceMoved' },
  replays: { stream: streams.replays, type: 'ReplaysPlaceMoved' },
} as const;

export type ReaderName = keyof typeof readers;

/** Number of checkpoints that stay readable. One is enough; a few more help to investigate an incident. */
const visibleCheckpoints = 10;

/**
 * A reader's checkpoint in the log, stored as events in a separate stream. Each move is appended at the exact revision of the
 * last one, so when two readers share a checkpoint, one of them fails at its next move.
 */
export class StoredCheckpoint {
  readonly #store: EventStore;
  readonly #reader: ReaderName;
  #checkpoint: Checkpoint | null;
  #revision: number;
  #open: readonly string[] = [];

  private constructor(store: EventStore, reader: ReaderName) {
    this.#store = store;
    this.#reader = reader;
    this.#checkpoint = null;
    this.#revision = -1;
  }

  static async load(store: EventStore, reader: ReaderName): Promise<StoredCheckpoint> {
    const stored = new StoredCheckpoint(store, reader);
    const { stream, type } = readers[reader];
    await store.setStreamMetadata(stream, { maxCount: visibleCheckpoints });
    const recorded = await lastEvent(store, stream);
    if (!recorded) return stored;
    const event = parseEvent(recorded);
    if (event.type !== type) throw new Error(`${stream} holds ${event.type}.`);
    const { incarnation, position, eventId } = event.data;
    if ('open' in event.data) stored.#open = event.data.open;
    stored.#checkpoint = { incarnation, position: BigInt(position), eventId };
    stored.#revision = recorded.revision;
    return stored;
  }

  /** A number that changes whenever the checkpoint is moved. */
  static async revision(store: EventStore, reader: ReaderName): Promise<number> {
    return (await lastEvent(store, readers[reader].stream))?.revision ?? -1;
  }

  /** null: the reader has not stored a checkpoint yet. */
  get checkpoint(): Checkpoint | null {
    return this.#checkpoint;
  }

  /** What the reader's work is about that had not ended when the checkpoint was moved. Only the reader `replays` has any. */
  get open(): readonly string[] {
    return this.#open;
  }

  /**
   * @param open of the reader `replays`
   * @throws CheckpointConflict when another process has moved it since it was loaded
   */
  async move(to: Checkpoint, open: readonly string[] = []): Promise<void> {
    const { stream, type } = readers[this.#reader];
    const { incarnation, position, eventId } = to;
    const place = { incarnation, position: position.toString(), eventId };
    const event = asEvent(
      type === 'ReplaysPlaceMoved' ? { type, data: { ...place, open: [...open] } } : { type, data: place },
      {
        occurredAt: new Date().toISOString(),
        actor: { kind: 'service', id: this.#reader },
        correlationId: newOrderedId(),
        causationId: null,
      },
    );
    const result = await this.#store.append(stream, this.#revision < 0 ? 'no_stream' : this.#revision, [
      event,
    ]);
    if (!result.ok) throw new CheckpointConflict(this.#reader);
    this.#revision = result.revision;
    this.#checkpoint = to;
    this.#open = open;
  }
}

export class CheckpointConflict extends Error {
  readonly code = 'checkpoint_conflict';

  constructor(reader: string) {
    super(`another ${reader} has moved the checkpoint`);
    this.name = 'CheckpointConflict';
  }
}
