import type { WriteOutcome } from '../writing/outcome.ts';

export type WriteAnswer = WriteOutcome | { readonly kind: 'timeout' };

/** How long the server waits for its storage before it responds. The default is that of real servers. Milliseconds. */
const writeTimeout = 2_000;

/** Holds work back while the server is stalled. */
export class StorageGate {
  #opened: Promise<void> | undefined;
  #open: (() => void) | undefined;
  #held: (() => void)[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();

  /** For reads. Undefined while nothing is held back. */
  get opened(): Promise<void> | undefined {
    return this.#opened;
  }

  shut(): void {
    this.#opened ??= new Promise((open) => {
      this.#open = open;
    });
  }

  /** Runs everything that was held back, in order. */
  open(): void {
    const held = this.#held;
    this.drop();
    for (const write of held) write();
  }

  /** Opens the gate, but discards the writes that were held back, as the end of the process does. */
  drop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#held = [];
    this.#open?.();
    this.#opened = undefined;
  }

  /** Responds once. A write that is held back too long gets `timeout` as its response, but is still done later. */
  write(write: () => WriteOutcome, answer: (outcome: WriteAnswer) => void): void {
    if (this.#opened === undefined) {
      answer(write());
      return;
    }
    let hasAnswered = false;
    const timer = setTimeout(() => {
      hasAnswered = true;
      answer({ kind: 'timeout' });
    }, writeTimeout);
    this.#timers.add(timer);
    this.#held.push(() => {
      const outcome = write();
      if (!hasAnswered) answer(outcome);
    });
  }
}
