import { Socket, type SocketConstructorOpts } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { type Client, escapeIdentifier } from 'pg';
import type { EventStoreLog } from '../log.ts';
import { destroySession, endSession, inTime, openSession } from './session.ts';
import { channelOf, type PostgresSettings } from './settings.ts';

/** Milliseconds. */
const reconnectDelay = 500;

/** A paused socket stops reading as soon as it holds anything. Sockets take the options of streams, which their types do not say. */
const soonFull = { readableHighWaterMark: 1 } as SocketConstructorOpts;

/** Gets the payload of a notification; undefined when some may have been missed. */
export type Hear = (payload: string | undefined) => void;

/**
 * Hears what is appended. Does nothing until somebody attaches, then listens on its own connection. A lost connection is reopened, and
 * the attached listeners are told that something may have been missed.
 */
export class TailListener {
  readonly #settings: PostgresSettings;
  readonly #log: EventStoreLog;
  readonly #attached = new Set<Hear>();
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #closed = false;
  #failure: unknown;

  constructor(settings: PostgresSettings, log: EventStoreLog) {
    this.#settings = settings;
    this.#log = log;
  }

  /** Returns a function that detaches. */
  attach(hear: Hear): () => void {
    this.#attached.add(hear);
    this.#start();
    return () => this.#attached.delete(hear);
  }

  /** Why it does not listen at present; undefined while it does, and until the first attempt is over. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Leaves notifications to the operating system: one that is read wakes up the process. */
  pause(): void {
    this.#client?.connection.stream.pause();
  }

  /** Resolves when what has arrived meanwhile is told. */
  async resume(): Promise<void> {
    this.#client?.connection.stream.resume();
    await setImmediate();
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
      client = await openSession(this.#settings, {}, { stream: () => new Socket(soonFull) });
      const session = client;
      session.on('notification', ({ payload = '' }) => this.#tell(payload));
      session.once('error', () => this.#lose(session));
      session.once('end', () => this.#lose(session));
      const listening = session.query(`listen ${escapeIdentifier(channelOf(this.#settings.schema))}`);
      await inTime(session, this.#settings.client.connectionTimeoutMillis, listening);
      this.#client = session;
      this.#failure = undefined;
      this.#tell(undefined);
    } catch (error) {
      if (client !== undefined) destroySession(client);
      this.#failure = error;
      this.#log.debug({ err: error }, 'the event store sends no notifications');
      this.#retry();
    }
  }

  #lose(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    destroySession(client);
    this.#tell(undefined);
    this.#retry();
  }

  #retry(): void {
    if (this.#closed) return;
    this.#reconnect = setTimeout(() => {
      this.#reconnect = undefined;
      this.#start();
    }, reconnectDelay);
  }

  #tell(payload: string | undefined): void {
    for (const hear of this.#attached) hear(payload);
  }
}
