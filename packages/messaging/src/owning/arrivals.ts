/**
 * Items that have arrived and are not consumed yet, as an async iterable that ends when the signal is aborted. It can be iterated once.
 * Each item costs one array element, because a lane may have 100,000 messages.
 */
export class Arrivals<T> implements AsyncIterable<T> {
  readonly #signal: AbortSignal;
  #arrived: T[] = [];
  #wake = (): void => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  push(item: T): void {
    this.#arrived.push(item);
    if (this.#arrived.length === 1) this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    while (!this.#signal.aborted) {
      const items = this.#arrived;
      this.#arrived = [];
      for (const item of items) {
        if (this.#signal.aborted) return;
        yield item;
      }
      if (this.#arrived.length > 0 || this.#signal.aborted) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
