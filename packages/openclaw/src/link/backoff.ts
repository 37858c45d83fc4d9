import type { Rejected, Unavailable } from '../outcome.ts';

const firstMs = 250;
/** Messages that wait for an OpenClaw gateway are sent within this time after it is back. */
const longestMs = 5_000;
/** After a rejection somebody has to change something. The OpenClaw gateway counts failed logins against us. */
const afterRejectionMs = 30_000;

/**
 * The pause before the next connect: min(250 ms · 2ⁿ, 5 s) minus up to 10 %, so that clients do not all come back at once. If the OpenClaw
 * gateway asked for a pause, that pause is used instead, limited to 250 ms to 30 s.
 */
export class Backoff {
  #failures = 0;

  reset(): void {
    this.#failures = 0;
  }

  /** @returns milliseconds */
  next(problem: Unavailable | Rejected): number {
    const pause = Math.min(firstMs * 2 ** this.#failures, longestMs) * (1 - Math.random() / 10);
    this.#failures = Math.min(this.#failures + 1, 10);
    if (problem.kind === 'rejected' || problem.code === 'rate_limited') return afterRejectionMs;
    if (problem.retryAfterMs === undefined) return Math.round(pause);
    return Math.min(Math.max(problem.retryAfterMs, firstMs), afterRejectionMs);
  }
}
