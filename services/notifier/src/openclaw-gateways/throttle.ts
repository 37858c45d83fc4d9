import { setTimeout as delay } from 'node:timers/promises';

/** Keeps messages to one agent apart. All messages to an agent come through one lane, so one process at a time handles them. */
export class AgentThrottle {
  readonly #distanceMs: number;
  /** When each agent may be told again, monotonic milliseconds, earliest first. */
  readonly #free = new Map<string, number>();

  constructor(distanceMs: number) {
    this.#distanceMs = distanceMs;
  }

  async wait(agentId: string, signal: AbortSignal): Promise<void> {
    const left = (this.#free.get(agentId) ?? 0) - performance.now();
    if (left > 0) await delay(left, undefined, { signal });
  }

  told(agentId: string): void {
    if (this.#distanceMs === 0) return;
    const now = performance.now();
    this.#free.delete(agentId);
    this.#free.set(agentId, now + this.#distanceMs);
    for (const [id, at] of this.#free) {
      if (at > now) break;
      this.#free.delete(id);
    }
  }
}
