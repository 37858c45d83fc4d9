import type { LogRecord } from '../log/record.ts';

type Listener = (record: LogRecord) => void;

/** Tells every subscription of what has been written. */
export class LiveFeed {
  readonly #listeners = new Set<Listener>();

  tell(record: LogRecord): void {
    for (const listener of this.#listeners) listener(record);
  }

  /** Returns what ends it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
