import type { Meter } from '@opentelemetry/api';
import type {
  AppendOptions,
  AppendResult,
  Checkpoint,
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
import { type Operation, Operations } from './operations.ts';
import { watched } from './watched.ts';

/** Measures what its owner does with an event store. Otherwise it is that store. */
export class ObservedEventStore implements EventStore {
  readonly #store: EventStore;
  readonly #operations: Operations;

  constructor(store: EventStore, system: string, meter: Meter) {
    this.#store = store;
    this.#operations = new Operations(system, meter);
  }

  async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
    options?: AppendOptions,
  ): Promise<AppendResult> {
    const operation = this.#operations.start('append', stream);
    try {
      const result = await this.#store.append(stream, expected, events, options);
      this.#operations.succeeded(operation);
      this.#operations.appended(result.ok ? 'stored' : 'conflict');
      return result;
    } catch (error) {
      this.#operations.failed(operation, error);
      this.#operations.appended('failed');
      throw error;
    }
  }

  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent> {
    const operations = this.#operations;
    return watched(this.#store.readStream(stream, options), () => {
      const operation = operations.start('read_stream', stream);
      return {
        ended: (waitedMs) => operations.succeeded(operation, waitedMs),
        failed: (error, waitedMs) => {
          operations.failed(operation, error, waitedMs);
          operations.readFailed(error);
        },
      };
    });
  }

  readEvent(stream: string, revision: number): Promise<RecordedEvent | 'gone'> {
    return this.#measure('read_event', () => this.#store.readEvent(stream, revision), stream);
  }

  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent> {
    return this.#countFailure(this.#store.readAll(options));
  }

  readTexts(from?: Position | 'start'): AsyncIterable<readonly RecordedText[]> {
    return this.#countFailure(this.#store.readTexts(from));
  }

  readWholeLog(from?: Position | 'start'): AsyncIterable<LogEntry> {
    return this.#countFailure(this.#store.readWholeLog(from));
  }

  streamSettings(): AsyncIterable<StreamSettings> {
    return this.#countFailure(this.#store.streamSettings());
  }

  otherClients(): Promise<readonly string[]> {
    return this.#store.otherClients();
  }

  subscribeToAll(options: SubscribeOptions): AsyncIterable<SubscriptionMessage> {
    return this.#countFailure(this.#store.subscribeToAll(options));
  }

  head(): Promise<Checkpoint | null> {
    return this.#measure('head', () => this.#store.head());
  }

  setStreamMetadata(stream: string, metadata: StreamMetadata): Promise<void> {
    return this.#measure(
      'set_stream_metadata',
      () => this.#store.setStreamMetadata(stream, metadata),
      stream,
    );
  }

  tombstone(stream: string): Promise<void> {
    return this.#measure('tombstone', () => this.#store.tombstone(stream), stream);
  }

  ping(): Promise<void> {
    return this.#measure('ping', () => this.#store.ping());
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #measure<T>(name: Operation, work: () => Promise<T>, stream?: string): Promise<T> {
    const operation = this.#operations.start(name, stream);
    try {
      const result = await work();
      this.#operations.succeeded(operation);
      return result;
    } catch (error) {
      this.#operations.failed(operation, error);
      if (name === 'read_event' || name === 'head') this.#operations.readFailed(error);
      throw error;
    }
  }

  /** These last as long as their consumers want, so a duration would mean nothing. */
  #countFailure<T>(iterable: AsyncIterable<T>): AsyncIterable<T> {
    return watched(iterable, () => ({
      ended: () => {},
      failed: (error) => this.#operations.readFailed(error),
    }));
  }
}
