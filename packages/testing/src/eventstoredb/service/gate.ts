/** Holds calls back while the server is stalled. */
export class Gate {
  #opened: Promise<void> | undefined;
  #open: (() => void) | undefined;

  /** Undefined while nothing is held back. */
  get opened(): Promise<void> | undefined {
    return this.#opened;
  }

  shut(): void {
    this.#opened ??= new Promise((open) => {
      this.#open = open;
    });
  }

  open(): void {
    this.#open?.();
    this.#opened = undefined;
  }
}
