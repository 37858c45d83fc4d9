import type { ClosedGate } from '../sending/turn.ts';

/** The longest time of a timer. */
const longestRestMs = 2 ** 31 - 1;

/** Lets a session sleep until something that concerns it has changed. */
export class WakeUp {
  #calls = 0;
  #wake: () => void = () => {};

  /** Rises with every call of `now`. */
  get calls(): number {
    return this.#calls;
  }

  now(): void {
    this.#calls += 1;
    this.#wake();
  }

  /**
   * Sleeps until `now` is called, the gate wakes it, or the time is up. If one of these has already happened, it only yields to other work.
   *
   * @param since the value of `calls` and the state of the gate that the caller has seen
   */
  async rest(ms: number, since: { calls: number; closed?: ClosedGate | undefined }): Promise<void> {
    const { calls, closed } = since;
    const woken = Promise.withResolvers<void>();
    this.#wake = woken.resolve;
    const timer = setTimeout(woken.resolve, this.#calls === calls ? Math.min(ms, longestRestMs) : 0);
    const leave = closed?.gate.wait(closed.seen, woken.resolve);
    await woken.promise;
    clearTimeout(timer);
    leave?.();
  }
}
