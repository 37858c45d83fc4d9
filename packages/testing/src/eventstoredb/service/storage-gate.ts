import type { WriteOutcome } from '../writing/outcome.ts';

export type WriteAnswer = WriteOutcome | { readonly kind: 'timeout' };

/** How long the server waits for its storage before it responds. The default is that of real servers. Milliseconds. */
const writeTimeout = 2_000;

/** Holds work back: everything while the server is stalled, and writes while its disk is frozen. */
export class StorageGate {
  #frozen = false;
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

  freeze(): void {
    this.#frozen = true;
  }

  /** Runs everything that was held back, in order, except for the last `lose` writes. */
  open(lose = 0): void {
    const held = this.#held.slice(0, this.#held.length - lose);
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
    this.#frozen = false;
  }

  /** Responds once. A write that is held back too long gets `timeout` as its response, but is still done later. */
  write(write: () => WriteOutcome, answer: (outcome: WriteAnswer) => void): void {
    if (this.#opened === undefined && !this.#frozen) {
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
