import { type Client, escapeIdentifier } from 'pg';
import type { EventStoreLog } from '../log.ts';
import { destroySession, endSession, openSession } from './session.ts';
import { channelOf, type PostgresSettings } from './settings.ts';

/** Milliseconds. Waiters look by themselves after `poll`, so a notification that got lost costs time and nothing else. */
const poll = 5_000;
const reconnectDelay = 500;

/**
 * Tells waiting subscriptions that something was appended. Off until the first wait; then listening on one connection of its own.
 * A lost connection is opened again, and whoever waits is woken in between, as something may have been missed.
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

  /** How often something was heard so far. Taken before a look at the log, it makes `changed` miss nothing. */
  listen(): number {
    this.#start();
    return this.#heard;
  }

  /** Resolves when something was heard after `since`, by the signal, or after the poll interval. */
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
      await session.query(`listen ${escapeIdentifier(channelOf(this.#settings.schema))}`);
      this.#client = session;
      this.#wake();
    } catch (error) {
      if (client !== undefined) destroySession(client);
      this.#log.warn(
        { err: error },
        'the event store does not notify: reading it at intervals until it does',
      );
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
