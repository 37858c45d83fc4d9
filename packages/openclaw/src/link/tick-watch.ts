/**
 * The OpenClaw gateway sends a `tick` at an interval of its choice. A connection that is silent for two intervals is dead, even if TCP
 * still considers it open.
 */
export class TickWatch {
  readonly #silent: () => void;
  #lastHeardAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(silent: () => void) {
    this.#silent = silent;
  }

  heard(): void {
    this.#lastHeardAt = performance.now();
  }

  start(intervalMs: number): void {
    this.stop();
    this.heard();
    this.#timer = setInterval(() => {
      if (performance.now() - this.#lastHeardAt > 2 * intervalMs) this.#silent();
    }, intervalMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
