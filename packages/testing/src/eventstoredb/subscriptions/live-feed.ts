import type { LogRecord } from '../log/record.ts';

type Listener = (record: LogRecord) => void;

/** Notifies every subscription of new records. */
export class LiveFeed {
  readonly #listeners = new Set<Listener>();

  tell(record: LogRecord): void {
    for (const listener of this.#listeners) listener(record);
  }

  /** Returns a function that unsubscribes. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
