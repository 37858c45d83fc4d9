const steps = { quiet: 1, busy: 32 };
/** Events of the log per second that lead to the large step, and to the small one. */
const rates = { busy: 200, quiet: 50 };
/** Milliseconds over which the rate is measured, at least. */
const measured = 100;

/**
 * How many events of the log the server passes between two checkpoints. A quiet log is followed event by event; a busy one in steps,
 * because each checkpoint costs the server time: measured with 24.6, five subscriptions that pass nothing slow 6,800 appends/s to 3,800
 * with a step of 1. On a slow machine the small step itself can keep the rate low, so it ends early: at 200/s, the large one takes 160 ms,
 * and who waits for a position does not wait for a checkpoint.
 */
export class CheckpointStep {
  #events = steps.quiet;
  #counted = 0;
  #since = performance.now();

  get events(): number {
    return this.#events;
  }

  get isLarge(): boolean {
    return this.#events > steps.quiet;
  }

  /** @param covered events of the log since the last call */
  adapt(covered: number): void {
    this.#counted += covered;
    const elapsed = performance.now() - this.#since;
    if (elapsed < measured) return;
    const rate = (this.#counted * 1_000) / elapsed;
    if (rate > rates.busy) this.#events = steps.busy;
    else if (rate < rates.quiet) this.reset();
    this.#counted = 0;
    this.#since = performance.now();
  }

  /** The log is quiet. */
  reset(): void {
    this.#events = steps.quiet;
  }
}
