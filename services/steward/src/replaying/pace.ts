/** How much of a delay is made up for. */
const catchUpMs = 100;

/** Spaces items out so that there are at most so many per second. */
export class Pace {
  readonly #intervalMs: number;
  #nextAt = 0;

  constructor(rate: number) {
    this.#intervalMs = 1000 / rate;
  }

  /** @returns milliseconds until the next item may be requested; 0 or less: now */
  waitMs(now: number): number {
    return this.#nextAt - now;
  }

  requested(now: number): void {
    this.#nextAt = Math.max(this.#nextAt, now - catchUpMs) + this.#intervalMs;
  }
}
