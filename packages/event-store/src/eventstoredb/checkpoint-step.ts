/**
 * Events of the log between two checkpoints; how many events of the log per second lead to the step from the one before it; and below how
 * many the step is left.
 */
const steps = [
  { events: 1, from: 0, until: 0 },
  { events: 32, from: 200, until: 50 },
  { events: 256, from: 2_000, until: 800 },
] as const;
type Step = (typeof steps)[number];
const [quiet, busy] = steps;

/** Milliseconds over which the rate is measured, at least. */
const measured = 100;
/** So many events of the log in less time end the smallest step at once: it costs the server most when events come fastest. */
const sudden = 64;

/**
 * How many events of the log the server passes between two checkpoints. A quiet log is followed event by event; a busy one in steps,
 * because each checkpoint costs the server and the process time, even if it only says that nothing passed: measured with 24.6, five
 * subscriptions that pass nothing slow 6,800 appends/s to 3,800 with a step of 1. On a slow machine the small step itself can keep the rate
 * low, so it ends early: at 200/s the next one takes 160 ms, and who waits for a position does not wait for a checkpoint.
 */
export class CheckpointStep {
  #step: Step = quiet;
  #counted = 0;
  #since: number;
  readonly #now: () => number;

  /** @param now monotonic milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#since = now();
  }

  get events(): number {
    return this.#step.events;
  }

  get isLarge(): boolean {
    return this.#step !== quiet;
  }

  /** @param covered events of the log since the last call */
  adapt(covered: number): void {
    this.#counted += covered;
    const elapsed = this.#now() - this.#since;
    const isSudden = !this.isLarge && this.#counted >= sudden;
    if (elapsed < measured && !isSudden) return;
    const rate = (this.#counted * 1_000) / elapsed;
    this.#step = elapsed < measured ? busy : this.#fitting(rate);
    this.#counted = 0;
    this.#since = this.#now();
  }

  /** The log is quiet. */
  reset(): void {
    this.#step = quiet;
  }

  /** The largest step that this rate leads to; the present one is not left until the rate is well below that. */
  #fitting(rate: number): Step {
    return steps.findLast((step) => rate >= (step.events > this.events ? step.from : step.until)) ?? quiet;
  }
}
