import type { OpenclawGatewayGate } from '../openclaw-gateways/gate.ts';

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
   * Sleeps until `now` is called, the gate changes, or the time is up. If one of these has already happened, it only yields to other work.
   *
   * @param since the values of `calls` and of the gate's `changes` that the caller has seen
   */
  async rest(
    ms: number,
    since: { calls: number; gate?: { gate: OpenclawGatewayGate; changes: number } | undefined },
  ): Promise<void> {
    const { gate } = since;
    const missed = this.#calls !== since.calls || (gate && gate.gate.changes !== gate.changes);
    const woken = Promise.withResolvers<void>();
    this.#wake = woken.resolve;
    const off = gate?.gate.onChange(woken.resolve);
    const timer = setTimeout(woken.resolve, missed ? 0 : ms);
    await woken.promise;
    clearTimeout(timer);
    off?.();
  }
}
