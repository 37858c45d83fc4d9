import type { EventStoreLog } from '../log.ts';
import type { Connection } from './connection.ts';
import { toStoreError } from './errors.ts';
import { pause } from './pause.ts';
import { tailRequest } from './requests.ts';

/** Milliseconds. Waiters look by themselves after `poll`, so what the server forgot to tell costs time and nothing else. */
const times = { poll: 5_000, retry: 250 };

/**
 * Tells waiting subscriptions that the log has grown. Off until the first wait; then one subscription for all of them, which brings no
 * events. When it is lost it is made again, and whoever waits is woken, as something may have been missed.
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

  /** How often something was heard so far. Taken before a look at the log, it makes `changed` miss nothing. */
  listen(): number {
    this.#working ??= this.#work();
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
      const timer = setTimeout(done, times.poll);
      signal.addEventListener('abort', done);
      this.#waiting.add(done);
    });
  }

  /** Resolves when nothing is at work any more; the connection has been told to close. */
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
        this.#log.debug({ err: toStoreError(error) }, 'the event store does not tell what is new');
      }
      this.#wake();
      await pause(times.retry, signal);
    }
  }

  /** Ends, with an error or without, when the server tells nothing more. */
  async #follow(): Promise<void> {
    const link = await this.#connection.link();
    try {
      await new Promise<void>((resolve, reject) => {
        const call = this.#connection.call(
          link.streams,
          (streams, ...settings) => streams.read(tailRequest(), ...settings),
          undefined,
        );
        // The first message confirms the subscription: from there on nothing is missed.
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
