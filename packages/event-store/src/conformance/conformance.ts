import { randomUUID } from 'node:crypto';
import { openEventStore } from '../open.ts';
import type {
  AppendResult,
  Checkpoint,
  EventStore,
  ExpectedRevision,
  NewEvent,
  Position,
  ReadAllOptions,
  RecordedEvent,
  SubscribeOptions,
} from '../port.ts';
import type { ConformanceBinding, Features } from './binding.ts';
import { Follower } from './follower.ts';
import { Child } from './processes/child.ts';
import { ServerProxy } from './server-proxy.ts';

/**
 * The environment of one case: a store, the case's own streams, and everything that must be closed after it. The log may hold any number of
 * other events, so a case reads from where it began, and backwards no further than to its own events.
 */
export class Conformance {
  readonly store: EventStore;
  readonly url: string;
  /** The installation's prefix. */
  readonly installation: string;
  readonly features: Features;
  /** Every stream name of this case begins with this prefix. */
  readonly prefix: string;
  readonly streams = new Set<string>();
  /** The head of the log when the case began. Its events come after it. */
  readonly begin: Checkpoint | 'start';
  readonly #endings: (() => Promise<void> | void)[] = [];

  private constructor(
    store: EventStore,
    { url, prefix = '', features }: ConformanceBinding,
    head: Checkpoint | null,
  ) {
    this.store = store;
    this.begin = head ?? 'start';
    this.url = url;
    this.installation = prefix;
    this.features = features;
    this.prefix = `conformance_${randomUUID().replaceAll('-', '').slice(0, 12)}-`;
  }

  static async of(store: EventStore, binding: ConformanceBinding): Promise<Conformance> {
    return new Conformance(store, binding, await store.head());
  }

  /** An unused stream; `name` distinguishes it from the case's other streams. */
  stream(name = 'stream'): string {
    const stream = `${this.prefix}${name}`;
    this.streams.add(stream);
    return stream;
  }

  event(type = 'ConformanceRun', data: unknown = {}): NewEvent {
    return { id: randomUUID(), type, data, metadata: {} };
  }

  events(count: number, type?: string): NewEvent[] {
    return Array.from({ length: count }, (_, number) => this.event(type, { number }));
  }

  /** Appends events that the case requires beforehand. Throws on a conflict. */
  async given(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision = 'any',
  ): Promise<AppendResult & { ok: true }> {
    const result = await this.store.append(stream, expected, events);
    if (!result.ok)
      throw new Error(
        `an append that the case requires beforehand met a conflict: ${JSON.stringify(result)}`,
      );
    return result;
  }

  /** Every visible event of this case, in log order. */
  logged(): Promise<RecordedEvent[]> {
    return Array.fromAsync(this.readAll());
  }

  /** Reads the log forwards from where the case began: its own streams, unless the options contain another filter. */
  readAll(
    { filter = { streamPrefixes: [this.prefix] }, ...options }: Omit<ReadAllOptions, 'direction'> = {},
    store = this.store,
  ): AsyncIterable<RecordedEvent> {
    return store.readAll({ from: this.beginPosition, ...options, filter });
  }

  get beginPosition(): Position | 'start' {
    return this.begin === 'start' ? 'start' : this.begin.position;
  }

  /**
   * Work that goes on beside what the case does next, which awaits it later. If something fails before that, its own failure, which usually
   * follows, must not end the process.
   */
  beside<T>(work: Promise<T>): Promise<T> {
    work.catch(() => undefined);
    return work;
  }

  /** Opens another client of this log, or of the log at `url`. */
  async open(
    url = this.url,
    options: { largestAppend?: number; prefix?: string; name?: string } = {},
  ): Promise<EventStore> {
    const store = await openEventStore(url, { name: 'conformance', prefix: this.installation, ...options });
    this.#endings.push(() => store.close());
    return store;
  }

  /** Follows this case's streams from where it began, unless the options contain another filter or place. */
  follow(
    {
      from = this.begin,
      filter = { streamPrefixes: [this.prefix] },
    }: Partial<Omit<SubscribeOptions, 'signal'>> = {},
    store = this.store,
  ): Follower {
    const follower = new Follower(store, { from, filter });
    this.#endings.push(() => follower.end());
    return follower;
  }

  async proxy(): Promise<ServerProxy> {
    const proxy = await ServerProxy.to(this.url);
    this.#endings.push(() => proxy.close());
    return proxy;
  }

  child(role: string, input: object): Child {
    const child = new Child(role, { url: this.url, installation: this.installation, ...input });
    this.#endings.push(() => child.kill());
    return child;
  }

  async end(): Promise<void> {
    for (const end of this.#endings.reverse()) await end();
  }
}
