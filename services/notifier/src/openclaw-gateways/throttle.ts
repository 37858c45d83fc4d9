/** Spaces out the messages to one agent. All messages to an agent come through one lane, so one process at a time handles them. */
export class AgentThrottle {
  readonly #distanceMs: number;
  /** When each agent may get its next message, monotonic milliseconds, earliest first. */
  readonly #free = new Map<string, number>();

  constructor(distanceMs: number) {
    this.#distanceMs = distanceMs;
  }

  /** Whether messages to an agent are spaced out at all. */
  get spaces(): boolean {
    return this.#distanceMs > 0;
  }

  /** Milliseconds until the agent may get its next message. */
  left(agentId: string): number {
    return Math.max(0, (this.#free.get(agentId) ?? 0) - performance.now());
  }

  sent(agentId: string): void {
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
