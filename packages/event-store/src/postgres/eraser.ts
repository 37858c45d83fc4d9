import { setTimeout as delay } from 'node:timers/promises';
import type { EventStoreLog } from '../log.ts';
import type { ReadPool } from './read-pool.ts';

/** Milliseconds between two rounds over the whole log; events erased per statement; streams listed per query. */
const interval = 5 * 60_000;
const step = 500;
const streamsAtOnce = 100;

/**
 * Erases the content of hidden events in small statements, some time after they were hidden. Besides the streams passed to
 * `eraseSoon`, it checks all streams at the start and at intervals. That covers events hidden by age or count, and events that
 * another process did not erase.
 */
export class Eraser {
  readonly #pool: ReadPool;
  readonly #schema: string;
  readonly #log: EventStoreLog;
  readonly #stop = new AbortController();
  readonly #named = new Set<string>();
  #work: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(pool: ReadPool, quotedSchema: string, log: EventStoreLog) {
    this.#pool = pool;
    this.#schema = quotedSchema;
    this.#log = log;
    this.#run(() => this.#round());
    this.#timer = setInterval(() => this.#run(() => this.#round()), interval);
    this.#timer.unref();
  }

  /** Schedules the erasure of this stream's hidden events. */
  eraseSoon(stream: string): void {
    if (this.#named.has(stream)) return;
    this.#named.add(stream);
    this.#run(async () => {
      this.#named.delete(stream);
      await this.#erase(stream);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#work;
  }

  #run(task: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      try {
        if (!this.#stop.signal.aborted) await task();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#log.warn({ err: error }, 'could not erase hidden events; the next round will retry');
      }
    });
  }

  async #round(): Promise<void> {
    const text = `select stream from ${this.#schema}.to_erase($1, $2) stream`;
    for (let after = ''; !this.#stop.signal.aborted; ) {
      const found = await this.#pool.query<{ stream: string }>('to_erase', text, [after, streamsAtOnce]);
      for (const { stream } of found) await this.#erase(stream);
      const last = found.at(-1);
      if (last === undefined || found.length < streamsAtOnce) return;
      after = last.stream;
    }
  }

  async #erase(stream: string): Promise<void> {
    const text = `select ${this.#schema}.erase($1, $2) as more`;
    while (!this.#stop.signal.aborted) {
      const [row] = await this.#pool.query<{ more: boolean }>('erase', text, [stream, step]);
      if (row?.more !== true) return;
      // Lets others use the disk in between.
      await delay(5);
    }
  }
}
