import type { EventStoreLog } from '../log.ts';
import type { Connection } from './connection.ts';
import { toStoreError } from './errors.ts';
import { pause } from './pause.ts';
import { tailRequest } from './requests.ts';

/** Milliseconds. Waiters read by themselves after `poll`, so a message that the server failed to send only costs time. */
const times = { poll: 5_000, retry: 250 };

/**
 * Tells waiting subscriptions that the log has grown. Does nothing until the first wait, then keeps one subscription for all of
 * them, which carries no events. A lost subscription is restarted, and all waiters are woken, because something may have been
 * missed.
 */
export class Tail {
  readonly #connection: Connection;
  readonly #log: EventStoreLog;
  readonly #waiting = new Set<() => void>();
  #working: Promise<void> | undefined;
  #heard = 0;

  constructor(connection: Connection, log: EventStoreLog) {
    this.#connection = connection;
    this.#log = log;
  }

  /** The number of changes heard so far. Call this before reading the log so that `changed` misses nothing. */
  listen(): number {
    this.#working ??= this.#work();
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
      const timer = setTimeout(done, times.poll);
      signal.addEventListener('abort', done);
      this.#waiting.add(done);
    });
  }

  /** Resolves when all work has ended. The connection must already have been told to close. */
  async close(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    const { signal } = this.#connection.closing;
    while (!signal.aborted) {
      try {
        await this.#follow();
      } catch (error) {
        if (signal.aborted) return;
        this.#log.debug({ err: toStoreError(error) }, 'the event store does not report new events');
      }
      this.#wake();
      await pause(times.retry, signal);
    }
  }

  /** Ends, with or without an error, when the server sends nothing more. */
  async #follow(): Promise<void> {
    const link = await this.#connection.link();
    try {
      await new Promise<void>((resolve, reject) => {
        const call = this.#connection.call(
          link.streams,
          (streams, ...settings) => streams.read(tailRequest(), ...settings),
          undefined,
        );
        // The first message confirms the subscription: from then on nothing is missed.
        call.on('data', () => this.#wake());
        call.once('end', resolve);
        call.on('error', reject);
      });
    } catch (error) {
      await this.#connection.lose(link, error);
      throw error;
    }
  }

  #wake(): void {
    this.#heard += 1;
    for (const done of [...this.#waiting]) done();
  }
}
