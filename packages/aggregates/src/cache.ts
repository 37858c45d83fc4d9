import { eventTypes, parseEvent, streamPrefixes } from '@mission-control/contracts';
import type { EventStore, Position, SubscribeOptions } from '@mission-control/event-store';
import { bulkhead } from 'cockatiel';
import { LRUCache } from 'lru-cache';
import type { Aggregate, RecordedFact } from './aggregate.ts';
import { foldOnto, type Loaded, loadAggregate } from './load.ts';
import { SharedReads } from './shared-reads.ts';

interface Entry {
  readonly aggregate: Aggregate<unknown, unknown>;
  readonly id: string;
  loaded: Loaded<unknown>;
}

/** The same events in two ways. By stream, an event of a type that this release does not know is noticed, and ends `follow`. */
const filters = {
  stream: {
    streamPrefixes: [
      streamPrefixes.board,
      streamPrefixes.agent,
      streamPrefixes.openclawGateway,
      streamPrefixes.webhook,
    ],
  },
  type: {
    types: [eventTypes.board, eventTypes.agent, eventTypes.openclawGateway, eventTypes.webhook].flat(),
  },
};

/**
 * Streams that are read at once. More would wait for the event store's few connections for longer than a read may take: on a busy machine, all
 * of them would fail and be repeated together.
 */
const readAtOnce = 16;

/**
 * Reads aggregates on demand: a stream is read on first use, kept in a bounded LRU cache, and updated from the tail of the log.
 * While there is no tail, nothing is cached, so nothing becomes outdated: reads go to the store.
 *
 * States: `detached` (no tail; every read goes to the store) and `attached` (the tail has caught up; reads may come from the
 * cache).
 */
export class AggregateCache {
  readonly #store: EventStore;
  readonly #by: keyof typeof filters;
  readonly #patience: Pick<SubscribeOptions, 'patienceMs'>;
  readonly #entries: LRUCache<string, Entry>;
  readonly #reads = new SharedReads<Entry>();
  readonly #limit = bulkhead(readAtOnce, Number.MAX_SAFE_INTEGER);
  /** The newest revision that the tail has delivered of each stream that is being read. */
  readonly #seenMeanwhile = new Map<string, number>();
  readonly #waiters = new Set<{ position: Position; resolve: () => void }>();
  readonly #listeners = new Set<(stream: string | null) => void>();
  #attached = false;
  #position: Position = -1n;
  /** Increases whenever the cache is cleared: the result of a load that began earlier must not be cached. */
  #epoch = 0;

  /**
   * @param options.by how the tail is filtered: like the other subscriptions of the process, so that EventStoreDB can filter for all of them
   * @param options.patienceMs of the subscription
   */
  constructor(
    store: EventStore,
    {
      max,
      by = 'stream',
      ...patience
    }: { max: number; by?: keyof typeof filters } & Pick<SubscribeOptions, 'patienceMs'>,
  ) {
    this.#store = store;
    this.#by = by;
    this.#patience = patience;
    this.#entries = new LRUCache({ max });
  }

  get attached(): boolean {
    return this.#attached;
  }

  /**
   * Calls the listener with the stream of every event that the tail delivers, once the cache knows the event; with null when events may
   * have been missed, so that anything may have changed. Returns a function that removes the listener.
   */
  onChange(listener: (stream: string | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Follows the log from its end until the signal is aborted. Throws when the subscription is lost; the caller calls it again.
   */
  async follow(signal: AbortSignal): Promise<void> {
    try {
      for await (const message of this.#store.subscribeToAll({
        from: 'end',
        filter: filters[this.#by],
        signal,
        name: 'aggregate_cache',
        ...this.#patience,
      })) {
        if (message.kind === 'event') {
          this.#evolve(message.event);
          this.#changed(message.event.stream);
        }
        if (message.kind === 'caught_up' && !this.#attached) {
          this.#attached = true;
          this.#changed(null);
        }
        if (message.checkpoint) this.#advance(message.checkpoint.position);
      }
    } finally {
      this.#attached = false;
      this.#clear();
    }
  }

  /** The cached state, without asking the store; undefined if there is none. */
  known<S, F>(aggregate: Aggregate<S, F>, id: string): Loaded<S> | undefined {
    return this.#entries.get(aggregate.stream(id))?.loaded as Loaded<S> | undefined;
  }

  /** The cached state, or a promise of the state in the store. For hot paths, where a promise for each cached read would be too slow. */
  knownOrRead<S, F>(aggregate: Aggregate<S, F>, id: string): Loaded<S> | Promise<Loaded<S>> {
    return this.known(aggregate, id) ?? this.get(aggregate, id);
  }

  /** The cached state; reads the store if there is none. */
  async get<S, F>(aggregate: Aggregate<S, F>, id: string): Promise<Loaded<S>> {
    const stream = aggregate.stream(id);
    const entry =
      this.#entries.get(stream) ?? (await this.#reads.joinOrStart(stream, () => this.#read(aggregate, id)));
    return entry.loaded as Loaded<S>;
  }

  /** The current state in the store: reads past the cached revision. Concurrent callers share a read. */
  async refresh<S, F>(aggregate: Aggregate<S, F>, id: string): Promise<Loaded<S>> {
    const entry = await this.#reads.startAfterNow(aggregate.stream(id), () => this.#read(aggregate, id));
    return entry.loaded as Loaded<S>;
  }

  /** Whether the tail has passed the position. */
  hasPassed(position: Position): boolean {
    return this.#attached && this.#position >= position;
  }

  /** Resolves once the tail has passed the position. Rejects if the signal is aborted first. */
  async passed(position: Position, signal: AbortSignal): Promise<void> {
    if (this.hasPassed(position)) return;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { position, resolve };
    const abort = (): void => reject(signal.reason);
    this.#waiters.add(waiter);
    signal.addEventListener('abort', abort);
    try {
      await promise;
    } finally {
      this.#waiters.delete(waiter);
      signal.removeEventListener('abort', abort);
    }
  }

  #read<S, F>(aggregate: Aggregate<S, F>, id: string): Promise<Entry> {
    return this.#limit.execute(() => this.#readNow(aggregate, id));
  }

  async #readNow<S, F>(aggregate: Aggregate<S, F>, id: string): Promise<Entry> {
    const stream = aggregate.stream(id);
    const epoch = this.#epoch;
    const keep = this.#attached;
    this.#seenMeanwhile.set(stream, -1);
    try {
      const known = this.#entries.get(stream)?.loaded as Loaded<S> | undefined;
      let loaded = known
        ? await foldOnto(this.#store, aggregate, id, known)
        : await loadAggregate(this.#store, aggregate, id);
      while ((this.#seenMeanwhile.get(stream) ?? -1) > loaded.revision) {
        loaded = await foldOnto(this.#store, aggregate, id, loaded);
      }
      const entry: Entry = { aggregate: aggregate as unknown as Aggregate<unknown, unknown>, id, loaded };
      if (keep && this.#epoch === epoch && loaded.revision >= 0) this.#entries.set(stream, entry);
      return entry;
    } finally {
      this.#seenMeanwhile.delete(stream);
    }
  }

  /** A gap means that the entry missed an event: it is dropped and read again on its next use. */
  #evolve(recorded: {
    stream: string;
    revision: number;
    id: string;
    type: string;
    data: unknown;
    metadata: unknown;
  }) {
    if (this.#seenMeanwhile.has(recorded.stream)) this.#seenMeanwhile.set(recorded.stream, recorded.revision);
    const entry = this.#entries.peek(recorded.stream);
    if (!entry || recorded.revision <= entry.loaded.revision) return;
    if (recorded.revision > entry.loaded.revision + 1) {
      this.#entries.delete(recorded.stream);
      return;
    }
    entry.loaded = {
      state: entry.aggregate.evolve(
        entry.loaded.state,
        parseEvent(recorded) as unknown as RecordedFact<unknown>,
      ),
      revision: recorded.revision,
    };
  }

  #advance(position: Position): void {
    this.#position = position;
    for (const waiter of this.#waiters) {
      if (position < waiter.position) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #clear(): void {
    this.#epoch += 1;
    this.#entries.clear();
    this.#changed(null);
  }

  #changed(stream: string | null): void {
    for (const listener of this.#listeners) listener(stream);
  }
}
