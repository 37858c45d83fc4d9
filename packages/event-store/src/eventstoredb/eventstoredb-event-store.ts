import { randomUUID } from 'node:crypto';
import type { Meter } from '@opentelemetry/api';
import { checkExpectedRevision, checkStreamMetadata, checkStreamName, encodeEvents } from '../encode.ts';
import { EventStoreClosed } from '../errors.ts';
import type { EventStoreLog } from '../log.ts';
import type {
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
import { Subscriptions } from '../subscription/subscriptions.ts';
import { unknownPosition } from './append-answer.ts';
import type { AppendQueue } from './append-queue.ts';
import type { Connection } from './connection.ts';
import { eventStoreDbLogSource } from './log-source.ts';
import type { TailParts } from './log-tail.ts';
import { LogReader } from './read-log.ts';
import { readEvent, readStream } from './read-stream.ts';
import { metadataStreamOf, ownStreams } from './requests.ts';
import { SharedHead } from './shared-head.ts';
import { readStreamSettings } from './stream-settings.ts';
import { tombstone } from './tombstone.ts';
import { Visibility } from './visibility.ts';

/** The port on EventStoreDB and KurrentDB: one connection for everything. */
export class EventStoreDbEventStore implements EventStore {
  readonly #connection: Connection;
  readonly #largestAppend: number;
  readonly #queue: AppendQueue;
  readonly #parts: TailParts;
  readonly #subscriptions: Subscriptions;
  #closed: Promise<void> | undefined;

  constructor(
    connection: Connection,
    queue: AppendQueue,
    log: EventStoreLog,
    largestAppend: number,
    meter: Meter | undefined,
  ) {
    this.#connection = connection;
    this.#largestAppend = largestAppend;
    this.#queue = queue;
    const visibility = new Visibility(connection);
    this.#parts = {
      connection,
      visibility,
      reader: new LogReader(connection, visibility),
      head: new SharedHead(connection, visibility),
    };
    this.#subscriptions = new Subscriptions(
      eventStoreDbLogSource(this.#parts),
      connection.outage,
      log,
      meter,
    );
  }

  async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    this.#refuseWhenClosed();
    checkStreamName(stream);
    checkExpectedRevision(expected);
    const encoded = encodeEvents(events, this.#largestAppend);
    const result = await this.#queue.append({ stream, expected, events: encoded });
    if (!result.ok || result.position !== unknownPosition) return result;
    const last = await readEvent(this.#connection, stream, result.revision);
    return last === 'gone' ? result : { ...result, position: last.position };
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<RecordedEvent, void> {
    this.#refuseWhenClosed();
    yield* readStream(this.#connection, stream, options);
  }

  async readEvent(stream: string, revision: number): Promise<RecordedEvent | 'gone'> {
    this.#refuseWhenClosed();
    return readEvent(this.#connection, stream, revision);
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent, void> {
    this.#refuseWhenClosed();
    yield* this.#parts.reader.readAll(options);
  }

  async *readTexts(from: Position | 'start' = 'start'): AsyncGenerator<readonly RecordedText[], void> {
    this.#refuseWhenClosed();
    yield* this.#parts.reader.readTexts(from);
  }

  async *readWholeLog(from: Position | 'start' = 'start'): AsyncGenerator<LogEntry, void> {
    this.#refuseWhenClosed();
    yield* this.#parts.reader.readWholeLog(from);
  }

  async *streamSettings(): AsyncGenerator<StreamSettings, void> {
    this.#refuseWhenClosed();
    yield* readStreamSettings(this.#connection);
  }

  /** The server has no list of clients. */
  async otherClients(): Promise<readonly string[]> {
    this.#refuseWhenClosed();
    return [];
  }

  async *subscribeToAll(options: SubscribeOptions): AsyncGenerator<SubscriptionMessage, void> {
    this.#refuseWhenClosed();
    yield* this.#subscriptions.subscribe(options);
  }

  async head(): Promise<Checkpoint | null> {
    this.#refuseWhenClosed();
    const head = await this.#connection.use((link) => this.#parts.head.read(link));
    if (head !== null) this.#subscriptions.saw(head);
    return head;
  }

  async setStreamMetadata(stream: string, metadata: StreamMetadata): Promise<void> {
    this.#refuseWhenClosed();
    checkStreamName(stream);
    checkStreamMetadata(metadata);
    // JSON omits undefined values.
    const { maxCount: $maxCount, maxAgeSeconds: $maxAge, truncateBefore: $tb } = metadata;
    const data = JSON.stringify({ $maxCount, $maxAge, $tb });
    const event = { id: randomUUID(), type: '$metadata', data, metadata: '{}', bytes: data.length + 2 };
    const append = { stream: metadataStreamOf(stream), expected: 'any', events: [event] } as const;
    await this.#queue.append({ ...append, repeatable: true });
  }

  async tombstone(stream: string): Promise<void> {
    this.#refuseWhenClosed();
    checkStreamName(stream);
    await tombstone(this.#connection, stream);
  }

  async ping(): Promise<void> {
    this.#refuseWhenClosed();
    await readEvent(this.#connection, ownStreams.incarnation, 0);
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    const subscriptions = this.#subscriptions.close();
    await this.#queue.close();
    await this.#connection.close();
    await subscriptions;
  }

  #refuseWhenClosed(): void {
    if (this.#closed !== undefined) throw new EventStoreClosed('the event store is closed');
  }
}
