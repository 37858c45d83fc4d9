import { parseEvent } from '@mission-control/contracts';
import type { EventStore, ExpectedRevision } from '@mission-control/event-store';
import type { Aggregate, RecordedFact } from './aggregate.ts';

/** A state and the revision of the event that led to it; -1 before the first event. */
export interface Loaded<S> {
  readonly state: S;
  readonly revision: number;
}

/** The exact revision to append after. */
export const expecting = (loaded: Loaded<unknown>): ExpectedRevision =>
  loaded.revision < 0 ? 'no_stream' : loaded.revision;

/**
 * Folds a stream into its state.
 *
 * @param upTo the last revision to include; default: the newest
 */
export const loadAggregate = async <S, F>(
  store: EventStore,
  aggregate: Aggregate<S, F>,
  id: string,
  upTo = Number.POSITIVE_INFINITY,
): Promise<Loaded<S>> => foldOnto(store, aggregate, id, { state: aggregate.initial, revision: -1 }, upTo);

/** Folds the events after a known state onto that state. */
export const foldOnto = async <S, F>(
  store: EventStore,
  aggregate: Aggregate<S, F>,
  id: string,
  known: Loaded<S>,
  upTo = Number.POSITIVE_INFINITY,
): Promise<Loaded<S>> => {
  let { state, revision } = known;
  for await (const recorded of store.readStream(aggregate.stream(id), { from: revision + 1 })) {
    if (recorded.revision > upTo) break;
    state = aggregate.evolve(state, parseEvent(recorded) as unknown as RecordedFact<F>);
    revision = recorded.revision;
  }
  return { state, revision };
};
