import type { Rejected, Unavailable } from '../outcome.ts';

const firstMs = 250;
const longestMs = 15_000;
/** After a rejection an admin has to change something. The OpenClaw gateway counts failed logins against us. */
const afterRejectionMs = 30_000;

/** The pause before the next connect: min(250 ms · 2ⁿ, 15 s) plus up to 10 % jitter, or what the OpenClaw gateway asked for. */
export class Backoff {
  #failures = 0;

  reset(): void {
    this.#failures = 0;
  }

  /** @returns milliseconds */
  next(problem: Unavailable | Rejected): number {
    const pause = Math.min(firstMs * 2 ** this.#failures, longestMs);
    this.#failures = Math.min(this.#failures + 1, 10);
    if (problem.kind === 'rejected' || problem.code === 'rate_limited') return afterRejectionMs;
    return problem.retryAfterMs ?? Math.round(pause * (1 + Math.random() / 10));
  }
}
