import { setTimeout as delay } from 'node:timers/promises';
import { asEvent, type DomainEvent, type EventContext, type Fact } from '@mission-control/contracts';
import type { EventStore, Position } from '@mission-control/event-store';
import type { Aggregate, RecordedFact } from './aggregate.ts';
import { expecting, type Loaded, loadAggregate } from './load.ts';

export interface Decided<S> {
  readonly before: S;
  readonly state: S;
  readonly revision: number;
  readonly events: readonly DomainEvent[];
  /** The position of the last event; null when the command changed nothing. */
  readonly position: Position | null;
}

const patienceMs = 10_000;

/**
 * Loads an aggregate, decides, and appends the decided facts at the exact revision that the decision is based on. If another
 * process appended first, it loads and decides again, for up to 10 s.
 *
 * @throws whatever `decide` throws
 * @throws TooMuchContention after 10 s of lost races
 */
export const decideOn = async <S, F extends Fact>(
  store: EventStore,
  aggregate: Aggregate<S, F>,
  id: string,
  context: EventContext,
  decide: (state: S, loaded: Loaded<S>) => readonly F[] | Promise<readonly F[]>,
): Promise<Decided<S>> => {
  const deadline = performance.now() + patienceMs;
  for (let lost = 0; ; lost += 1) {
    const loaded = await loadAggregate(store, aggregate, id);
    const facts = await decide(loaded.state, loaded);
    const events = facts.map((fact) => asEvent(fact as Fact, context));
    const decided = {
      before: loaded.state,
      state: events.reduce(
        (state, event) => aggregate.evolve(state, event as unknown as RecordedFact<F>),
        loaded.state,
      ),
      revision: loaded.revision + events.length,
      events,
    };
    if (events.length === 0) return { ...decided, position: null };
    const result = await store.append(aggregate.stream(id), expecting(loaded), events);
    if (result.ok) return { ...decided, position: result.position };
    if (performance.now() > deadline) throw new TooMuchContention(aggregate.stream(id));
    await delay(Math.random() * Math.min(5 * 2 ** lost, 100));
  }
};

export class TooMuchContention extends Error {
  readonly code = 'too_much_contention';

  constructor(stream: string) {
    super(`Too many changes at once on ${stream}. Try again.`);
    this.name = 'TooMuchContention';
  }
}
