import { type EventData, parseEvent, streams } from '@mission-control/contracts';
import { type EventStore, lastEvent, type Position } from '@mission-control/event-store';
import { eventOf, type Place } from '../log/events.ts';
import { Refusal } from '../refusal.ts';

type Recorded = EventData<'LogCopyProgressed'>;

/** What a copy knows of its own state. */
export interface CopyState {
  /** Everything in the source up to here is copied; null: nothing. */
  readonly upTo: Position | null;
  /** Places in the target by positions in the source. */
  readonly places: ReadonlyMap<Position, Place>;
  readonly status: Recorded['status'];
}

/** Number of records that stay readable. */
const visibleRecords = 10;

/**
 * The progress of a copy, recorded in the target itself, so a copy that was killed continues. Each record is appended at the exact revision
 * of the last one: when two copies write to one target, one of them fails at its next record.
 */
export class CopyProgress {
  readonly #target: EventStore;
  readonly #source: string;
  #revision: number;
  state: CopyState;
  /** Where the last record is in the target; null: none yet. */
  at: Place | null;

  private constructor(
    target: EventStore,
    source: string,
    last: { revision: number; at: Place | null; state: CopyState },
  ) {
    this.#target = target;
    this.#source = source;
    this.#revision = last.revision;
    this.at = last.at;
    this.state = last.state;
  }

  /** @throws Refusal if the target is a copy of another log */
  static async load(target: EventStore, source: string): Promise<CopyProgress> {
    const last = await lastRecord(target);
    if (last === null) {
      const state: CopyState = { upTo: null, places: new Map(), status: 'copying' };
      return new CopyProgress(target, source, { revision: -1, at: null, state });
    }
    const { data } = last;
    if (data.source !== source) {
      throw new Refusal('target_not_empty', 'the target is a copy of another log: use an empty one');
    }
    const places = data.places.map(
      (place) =>
        [BigInt(place.source), { position: BigInt(place.position), eventId: place.eventId }] as const,
    );
    const state: CopyState = {
      upTo: data.upTo === null ? null : BigInt(data.upTo),
      places: new Map(places),
      status: data.status,
    };
    return new CopyProgress(target, source, { revision: last.revision, at: last.at, state });
  }

  /** @throws Refusal if another copy writes to the target */
  async record(state: CopyState): Promise<Place> {
    if (this.#revision < 0)
      await this.#target.setStreamMetadata(streams.logCopy, { maxCount: visibleRecords });
    const places = [...state.places].map(([source, { position, eventId }]) => ({
      source: `${source}`,
      position: `${position}`,
      eventId,
    }));
    const upTo = state.upTo === null ? null : `${state.upTo}`;
    const record = eventOf({
      type: 'LogCopyProgressed',
      data: { source: this.#source, upTo, places, status: state.status },
    });
    const expected = this.#revision < 0 ? 'no_stream' : this.#revision;
    const result = await this.#target.append(streams.logCopy, expected, [record]);
    if (!result.ok) throw new Refusal('target_active', 'another copy writes to the target');
    this.#revision = result.revision;
    this.state = state;
    this.at = { position: result.position, eventId: record.id };
    return this.at;
  }
}

const lastRecord = async (
  store: EventStore,
): Promise<{ data: Recorded; revision: number; at: Place } | null> => {
  const recorded = await lastEvent(store, streams.logCopy);
  if (!recorded) return null;
  const event = parseEvent(recorded);
  if (event.type !== 'LogCopyProgressed') throw new Error(`${streams.logCopy} holds ${event.type}.`);
  const { id: eventId, position, revision } = recorded;
  return { data: event.data, revision, at: { position, eventId } };
};

/** Whether the log is a copy that is not complete; null: it is no copy. */
export const copyStatus = async (store: EventStore): Promise<Recorded['status'] | null> =>
  (await lastRecord(store))?.data.status ?? null;
