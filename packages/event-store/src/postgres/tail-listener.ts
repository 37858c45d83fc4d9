import { type Client, escapeIdentifier } from 'pg';
import type { EventStoreLog } from '../log.ts';
import { destroySession, endSession, inTime, openSession } from './session.ts';
import { channelOf, type PostgresSettings } from './settings.ts';

/** Milliseconds. Waiters read by themselves after `poll`, so a lost notification only costs time. */
const poll = 5_000;
const reconnectDelay = 500;

/**
 * Tells waiting subscriptions that something was appended. Does nothing until the first wait, then listens on its own
 * connection. A lost connection is reopened, and all waiters are woken in between, because something may have been missed.
 */
export class TailListener {
  readonly #settings: PostgresSettings;
  readonly #log: EventStoreLog;
  readonly #waiting = new Set<() => void>();
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #closed = false;
  #heard = 0;

  constructor(settings: PostgresSettings, log: EventStoreLog) {
    this.#settings = settings;
    this.#log = log;
  }

  /** The number of changes heard so far. Call this before reading the log so that `changed` misses nothing. */
  listen(): number {
    this.#start();
    return this.#heard;
  }

  /** Resolves when something was heard after `since`, when the signal fires, or after the poll interval. */
  changed(since: number, signal: AbortSignal): Promise<void> {
    if (this.#heard !== since || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, poll);
      signal.addEventListener('abort', done);
      this.#waiting.add(done);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#reconnect);
    await this.#connecting;
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) await endSession(client);
  }

  #start(): void {
    if (this.#closed || this.#client !== undefined || this.#reconnect !== undefined) return;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
  }

  async #connect(): Promise<void> {
    let client: Client | undefined;
    try {
      client = await openSession(this.#settings);
      const session = client;
      session.on('notification', () => this.#wake());
      session.once('error', () => this.#lose(session));
      session.once('end', () => this.#lose(session));
      const listening = session.query(`listen ${escapeIdentifier(channelOf(this.#settings.schema))}`);
      await inTime(session, this.#settings.client.connectionTimeoutMillis, listening);
      this.#client = session;
      this.#wake();
    } catch (error) {
      if (client !== undefined) destroySession(client);
      this.#log.warn({ err: error }, 'the event store sends no notifications; polling it until it does');
      this.#retry();
    }
  }

  #lose(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    destroySession(client);
    this.#wake();
    this.#retry();
  }

  #retry(): void {
    if (this.#closed) return;
    this.#reconnect = setTimeout(() => {
      this.#reconnect = undefined;
      this.#start();
    }, reconnectDelay);
  }

  #wake(): void {
    this.#heard += 1;
    for (const done of [...this.#waiting]) done();
  }
}
