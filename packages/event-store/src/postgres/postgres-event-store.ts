import type { Meter } from '@opentelemetry/api';
import { escapeIdentifier } from 'pg';
import { begun } from '../begun.ts';
import { checkExpectedRevision, checkStreamMetadata, checkStreamName, encodeEvents } from '../encode.ts';
import { EventStoreClosed, EventStoreUnavailable } from '../errors.ts';
import { lazily } from '../iterables.ts';
import type { EventStoreLog } from '../log.ts';
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
import { Outage } from '../subscription/outage.ts';
import { Subscriptions } from '../subscription/subscriptions.ts';
import { AppendQueue } from './append-queue.ts';
import { AppendSession } from './append-session.ts';
import { Eraser } from './eraser.ts';
import { readHead } from './log-head.ts';
import { postgresLogSource } from './log-source.ts';
import { readAll, readTexts } from './read-log.ts';
import { ReadPool } from './read-pool.ts';
import { readEvent, readStream } from './read-stream.ts';
import { readStreamSettings, readWholeLog } from './read-whole-log.ts';
import type { PostgresSettings } from './settings.ts';
import { TailListener } from './tail-listener.ts';

/** The port on Postgres: one connection for appends, one for notifications and a few for reads. */
export class PostgresEventStore implements EventStore {
  readonly #schema: string;
  readonly #largestAppend: number;
  readonly #session: AppendSession;
  readonly #queue: AppendQueue;
  readonly #pool: ReadPool;
  readonly #listener: TailListener;
  readonly #subscriptions: Subscriptions;
  readonly #eraser: Eraser;
  #closed: Promise<void> | undefined;

  constructor(
    settings: PostgresSettings,
    log: EventStoreLog,
    largestAppend: number,
    meter: Meter | undefined,
  ) {
    this.#schema = escapeIdentifier(settings.schema);
    this.#largestAppend = largestAppend;
    this.#session = new AppendSession(settings);
    this.#queue = new AppendQueue(this.#session);
    this.#pool = new ReadPool(settings, log);
    this.#listener = new TailListener(settings, log);
    const source = postgresLogSource(this.#pool, this.#schema, this.#listener, log);
    this.#subscriptions = new Subscriptions(source, new Outage(log), log, meter);
    this.#eraser = new Eraser(this.#pool, this.#schema, log);
  }

  append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
    { patienceMs = 0 }: AppendOptions = {},
  ): Promise<AppendResult> {
    return begun(() => {
      this.#refuseWhenClosed();
      checkStreamName(stream);
      checkExpectedRevision(expected);
      const encoded = encodeEvents(events, this.#largestAppend);
      return this.#queue.append({ stream, expected, events: encoded }, patienceMs);
    });
  }

  readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    return lazily(() => {
      this.#refuseWhenClosed();
      return readStream(this.#pool, this.#schema, stream, options);
    });
  }

  async readEvent(stream: string, revision: number): Promise<RecordedEvent | 'gone'> {
    this.#refuseWhenClosed();
    return readEvent(this.#pool, this.#schema, stream, revision);
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent, void> {
    this.#refuseWhenClosed();
    yield* readAll(this.#pool, this.#schema, options);
  }

  async *readTexts(from: Position | 'start' = 'start'): AsyncGenerator<readonly RecordedText[], void> {
    this.#refuseWhenClosed();
    yield* readTexts(this.#pool, this.#schema, from);
  }

  async *readWholeLog(from: Position | 'start' = 'start'): AsyncGenerator<LogEntry, void> {
    this.#refuseWhenClosed();
    yield* readWholeLog(this.#pool, this.#schema, from);
  }

  async *streamSettings(): AsyncGenerator<StreamSettings, void> {
    this.#refuseWhenClosed();
    yield* readStreamSettings(this.#pool, this.#schema);
  }

  async otherClients(): Promise<readonly string[]> {
    this.#refuseWhenClosed();
    const rows = await this.#pool.query<{ name: string }>(
      'other_clients',
      `select distinct application_name as name from pg_stat_activity
        where datname = current_database() and application_name not in ('', current_setting('application_name'))`,
      [],
    );
    return rows.map(({ name }) => name);
  }

  subscribeToAll(options: SubscribeOptions): AsyncIterable<SubscriptionMessage> {
    return lazily(() => {
      this.#refuseWhenClosed();
      return this.#subscriptions.subscribe(options);
    });
  }

  async head(): Promise<Checkpoint | null> {
    this.#refuseWhenClosed();
    return (await readHead(this.#pool, this.#schema)).last;
  }

  async setStreamMetadata(stream: string, metadata: StreamMetadata): Promise<void> {
    this.#refuseWhenClosed();
    checkStreamName(stream);
    checkStreamMetadata(metadata);
    const { maxCount = null, maxAgeSeconds = null, truncateBefore = null } = metadata;
    await this.#pool.query(
      'set_stream_metadata',
      `select ${this.#schema}.set_stream_metadata($1, $2, $3, $4)`,
      [stream, maxCount, maxAgeSeconds, truncateBefore],
    );
    this.#eraser.eraseSoon(stream);
  }

  async tombstone(stream: string): Promise<void> {
    this.#refuseWhenClosed();
    checkStreamName(stream);
    await this.#pool.query('tombstone', `select ${this.#schema}.tombstone($1)`, [stream]);
    this.#eraser.eraseSoon(stream);
  }

  async ping(): Promise<void> {
    this.#refuseWhenClosed();
    const [row] = await this.#pool.query<{ standby: boolean }>(
      'ping',
      'select pg_is_in_recovery() as standby',
      [],
    );
    if (row?.standby !== false) throw new EventStoreUnavailable('Postgres is a read-only standby', false);
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    const subscriptions = this.#subscriptions.close();
    const appends = this.#queue.close().then(() => this.#session.close());
    await Promise.all([
      subscriptions,
      appends,
      this.#listener.close(),
      this.#eraser.close(),
      this.#pool.close(),
    ]);
  }

  #refuseWhenClosed(): void {
    if (this.#closed !== undefined) throw new EventStoreClosed('the event store is closed');
  }
}
