import {
  isEvent,
  openclawGatewayStatusesKept,
  parseEvent,
  streamPrefixes,
  streams,
} from '@mission-control/contracts';
import { type EventStore, lastEvent, type Position } from '@mission-control/event-store';
import type { SealedLeaf } from './sealed-history.ts';

/** What explains that the event of a leaf is gone. */
export type Explanation = 'removed' | 'bounded';

/** The facts that say which events were hidden. Holds the names of all streams that were, about 100 bytes each. */
export class Explanations {
  readonly #store: EventStore;
  /** The revision before which the events of a stream are hidden; infinite: all are. */
  readonly #hidden: ReadonlyMap<string, number>;

  private constructor(store: EventStore, hidden: ReadonlyMap<string, number>) {
    this.#store = store;
    this.#hidden = hidden;
  }

  static async read(store: EventStore, until: Position): Promise<Explanations> {
    const hidden = new Map<string, number>();
    for await (const recorded of store.readStream(streams.audit)) {
      if (recorded.position > until) break;
      // One that was altered is found where it is.
      if (recorded.type !== 'EventsHidden') continue;
      const event = parseEvent(recorded);
      if (!isEvent(event, 'EventsHidden')) continue;
      for (const [stream, before] of event.data.streams)
        hidden.set(stream, Math.max(hidden.get(stream) ?? 0, before ?? Number.POSITIVE_INFINITY));
    }
    return new Explanations(store, hidden);
  }

  /** null: nothing does. */
  async of({ stream, revision }: SealedLeaf): Promise<Explanation | null> {
    if (revision < (this.#hidden.get(stream) ?? 0)) return 'removed';
    if (!stream.startsWith(streamPrefixes.openclawGatewayStatus)) return null;
    const newest = (await lastEvent(this.#store, stream))?.revision ?? 0;
    return revision <= newest - openclawGatewayStatusesKept ? 'bounded' : null;
  }
}
