/** What a payload may cost without being counted, in milliseconds of a processor: ten times what the usual expressions cost. */
const freeMs = 1;
/** How much more all payloads of a webhook may cost in a row. */
const mostMs = 250;
/** How much of it comes back in a second. */
const refillMsPerSecond = 25;
/** How long an expression is not run after that. */
const suspendedForMs = 60_000;

interface Spent {
  readonly ms: number;
  readonly at: number;
  readonly suspendedUntil: number;
}

/**
 * How much processor time the expressions of webhooks may take. What takes too long too often is not run for a minute, so that payloads of
 * other webhooks do not wait for it.
 */
export class Budget {
  readonly #spent = new Map<string, Spent>();
  readonly #now: () => number;

  /** @param now milliseconds, monotonic */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The number of webhooks whose expressions are not run now. */
  get suspended(): number {
    const now = this.#now();
    return this.#spent
      .values()
      .filter(({ suspendedUntil }) => suspendedUntil > now)
      .toArray().length;
  }

  isSuspended(webhookId: string): boolean {
    return (this.#spent.get(webhookId)?.suspendedUntil ?? 0) > this.#now();
  }

  charge(webhookId: string, tookMs: number): void {
    if (tookMs <= freeMs) return;
    const now = this.#now();
    const before = this.#spent.get(webhookId) ?? { ms: 0, at: now, suspendedUntil: 0 };
    const left = Math.max(0, before.ms - ((now - before.at) / 1000) * refillMsPerSecond);
    const ms = left + tookMs - freeMs;
    const suspends = ms > mostMs;
    this.#spent.set(webhookId, {
      ms: suspends ? 0 : ms,
      at: now,
      suspendedUntil: suspends ? now + suspendedForMs : before.suspendedUntil,
    });
  }
}
