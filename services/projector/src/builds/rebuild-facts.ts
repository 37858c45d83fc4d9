import { aggregates, decideOn, loadAggregate } from '@mission-control/aggregates';
import { type EventContext, eventTypes, newOrderedId } from '@mission-control/contracts';
import { decideRebuild, decideRebuilt, RebuildRunning, type Rebuilds } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import { livePatienceMs } from '@mission-control/projections';

/** What the log says of the rebuilds of a projection, and what the projector adds to it. */
export class RebuildFacts {
  readonly #store: EventStore;
  readonly #projection: string;

  constructor(store: EventStore, projection: string) {
    this.#store = store;
    this.#projection = projection;
  }

  async load(): Promise<Rebuilds> {
    return (await loadAggregate(this.#store, aggregates.rebuilds, this.#projection)).state;
  }

  /** Requests the rebuild that the version of the code demands, unless one is running. */
  async demand(highest: number): Promise<void> {
    try {
      await decideOn(this.#store, aggregates.rebuilds, this.#projection, context(), (state) =>
        decideRebuild(state, this.#projection, 'version', highest),
      );
    } catch (error) {
      if (!(error instanceof RebuildRunning)) throw error;
    }
  }

  /** Resolves to whether the log says that the build is the live one; false: it was cancelled. */
  async decideRebuilt(build: number, version: number): Promise<boolean> {
    const { state } = await decideOn(this.#store, aggregates.rebuilds, this.#projection, context(), (state) =>
      decideRebuilt(state, this.#projection, build, version),
    );
    return state.live === build;
  }
}

/** Calls `changed` whenever a rebuild was requested or has ended, and when facts may have been missed. Ends with the signal. */
export const followRebuildFacts = async (
  store: EventStore,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> => {
  let isFirst = true;
  const filter = { types: eventTypes.projection };
  const options = { from: 'end', filter, signal, name: 'rebuilds', patienceMs: livePatienceMs } as const;
  for await (const { kind } of store.subscribeToAll(options)) {
    if (kind === 'event' || (kind === 'caught_up' && isFirst)) changed();
    if (kind === 'caught_up') isFirst = false;
  }
};

const context = (): EventContext => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'projector' },
  correlationId: newOrderedId(),
  causationId: null,
});
