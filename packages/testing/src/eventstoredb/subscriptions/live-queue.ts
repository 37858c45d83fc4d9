/** The maximum that the server holds per subscription. */
const most = 32;

export interface Numbered<T> {
  readonly sequence: number;
  readonly item: T;
}

/** Records written since the subscription began and not sent yet. When it is full it drops the oldest; the numbers reveal the gap. */
export class LiveQueue<T> {
  readonly #items: Numbered<T>[] = [];
  readonly #signal: AbortSignal;
  #sequence = 0;
  #wake: (() => void) | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake?.(), { once: true });
  }

  push(item: T): void {
    this.#sequence += 1;
    this.#items.push({ sequence: this.#sequence, item });
    if (this.#items.length > most) this.#items.shift();
    this.#wake?.();
  }

  /** Waits for the next record. Throws when the signal is aborted. */
  async next(): Promise<Numbered<T>> {
    for (;;) {
      this.#signal.throwIfAborted();
      const next = this.#items.shift();
      if (next) return next;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }
}
