import { begun } from '../begun.ts';
import { lazily, picked } from '../iterables.ts';
import type {
  AppendOptions,
  AppendResult,
  Checkpoint,
  EventFilter,
  EventStore,
  ExpectedRevision,
  LogEntry,
  NewEvent,
  Position,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedEvent,
  RecordedText,
  StreamMetadata,
  StreamSettings,
  SubscribeOptions,
  SubscriptionMessage,
} from '../port.ts';
import type { StreamNames } from './stream-names.ts';

/** Events of other installations that a subscription passes in a row before it yields a checkpoint behind them. */
const passedInARow = 500;

/**
 * One installation's part of a log: prefixes stream names on the way in, strips the prefix on the way out, and shows no event of another
 * installation. Positions, checkpoints and the head are those of the whole log.
 */
export class PrefixedEventStore implements EventStore {
  readonly #inner: EventStore;
  readonly #names: StreamNames;

  constructor(inner: EventStore, names: StreamNames) {
    this.#inner = inner;
    this.#names = names;
  }

  append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
    options?: AppendOptions,
  ): Promise<AppendResult> {
    return begun(() => this.#inner.append(this.#names.inLog(stream), expected, events, options));
  }

  readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    return lazily(() => {
      const events = this.#inner.readStream(this.#names.inLog(stream), options);
      return this.#names.prefix === '' ? events : picked(events, (event) => named(event, stream));
    });
  }

  async readEvent(stream: string, revision: number): Promise<RecordedEvent | 'gone'> {
    const event = await this.#inner.readEvent(this.#names.inLog(stream), revision);
    return event === 'gone' ? event : named(event, stream);
  }

  async *readAll({ filter, limit, ...options }: ReadAllOptions = {}): AsyncGenerator<RecordedEvent, void> {
    let left = limit ?? Number.POSITIVE_INFINITY;
    let place: Pick<ReadAllOptions, 'from'> = options;
    while (left > 0) {
      const wanted = left;
      let read = 0;
      const events = this.#inner.readAll({
        ...options,
        ...place,
        filter: this.#filterInLog(filter),
        limit: wanted,
      });
      for await (const event of events) {
        read += 1;
        place = { from: event.position };
        const own = this.#own(event);
        if (own === null) continue;
        left -= 1;
        yield own;
      }
      if (read < wanted) return;
    }
  }

  async *readTexts(from?: Position | 'start'): AsyncGenerator<readonly RecordedText[], void> {
    for await (const events of this.#inner.readTexts(from))
      yield events.map((event) => this.#own(event)).filter((event) => event !== null);
  }

  async *readWholeLog(from?: Position | 'start'): AsyncGenerator<LogEntry, void> {
    for await (const entry of this.#inner.readWholeLog(from)) {
      if (entry.kind === 'visible') {
        const event = this.#own(entry.event);
        if (event !== null) yield { kind: 'visible', event };
        continue;
      }
      const stream = this.#names.ofInstallation(entry.stream);
      if (stream !== null) yield { ...entry, stream };
    }
  }

  async *streamSettings(): AsyncGenerator<StreamSettings, void> {
    for await (const settings of this.#inner.streamSettings()) {
      const stream = this.#names.ofInstallation(settings.stream);
      if (stream !== null) yield { ...settings, stream };
    }
  }

  otherClients(): Promise<readonly string[]> {
    return this.#inner.otherClients();
  }

  subscribeToAll({ filter, ...options }: SubscribeOptions): AsyncIterable<SubscriptionMessage> {
    let passed = 0;
    const messages = this.#inner.subscribeToAll({ ...options, filter: this.#filterInLog(filter) });
    return picked<SubscriptionMessage, SubscriptionMessage>(messages, (message) => {
      if (message.kind !== 'event') {
        passed = 0;
        return message;
      }
      const own = this.#own(message.event);
      if (own !== null) {
        passed = 0;
        return own === message.event ? message : { ...message, event: own };
      }
      // The next message covers it. In a long run of such events the reader needs a checkpoint in between.
      passed += 1;
      if (passed % passedInARow !== 0) return undefined;
      return { kind: 'checkpoint', checkpoint: message.checkpoint };
    });
  }

  head(): Promise<Checkpoint | null> {
    return this.#inner.head();
  }

  async setStreamMetadata(stream: string, metadata: StreamMetadata): Promise<void> {
    return this.#inner.setStreamMetadata(this.#names.inLog(stream), metadata);
  }

  async tombstone(stream: string): Promise<void> {
    return this.#inner.tombstone(this.#names.inLog(stream));
  }

  ping(): Promise<void> {
    return this.#inner.ping();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** null: the event belongs to another installation. */
  #own<Event extends { readonly stream: string }>(event: Event): Event | null {
    const stream = this.#names.ofInstallation(event.stream);
    return stream === null ? null : named(event, stream);
  }

  /** Passes everything that the filter passes of this installation. Without a prefix it may also pass events of others. */
  #filterInLog(filter: EventFilter = {}): EventFilter {
    const { prefix } = this.#names;
    const { streamPrefixes = prefix === '' ? undefined : [''], ...others } = filter;
    if (streamPrefixes === undefined) return others;
    return { ...others, streamPrefixes: streamPrefixes.map((one) => `${prefix}${one}`) };
  }
}

const named = <Event extends { readonly stream: string }>(event: Event, stream: string): Event =>
  event.stream === stream ? event : { ...event, stream };
