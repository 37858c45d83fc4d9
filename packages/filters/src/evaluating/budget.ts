/** What a payload may cost without being counted, in milliseconds of a processor: ten times what the usual expressions cost. */
const freeMs = 1;
/** How much more all payloads of a webhook may cost in a row. */
const mostMs = 250;
/** How much of it comes back in a second. */
const refillMsPerSecond = 25;
/** With so many evaluations that end at a limit, each at most this long after the one before, the time is spent as well. */
const mostEnds = 5;
const endsCountForMs = 600_000;
/** How long an expression is not run after that. */
const suspendedForMs = 60_000;

interface Spent {
  readonly ms: number;
  readonly at: number;
  readonly suspendedUntil: number;
  /** Evaluations that ended at a limit. */
  readonly ends: number;
  /** When the last of them did. */
  readonly endedAt: number;
}

/**
 * How much processor time the expressions of webhooks may take. What takes too long too often is not run for a minute, so that payloads of
 * other webhooks do not wait for it. What ended at a limit is counted as well: on a busy machine such evaluations are so far apart that the
 * time comes back in between.
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

  /**
   * An evaluation took this much processor time.
   *
   * @param ended whether it ended at a limit
   */
  charge(webhookId: string, tookMs: number, ended = false): void {
    if (tookMs <= freeMs && !ended) return;
    const now = this.#now();
    const before = this.#spent.get(webhookId) ?? { ms: 0, at: now, suspendedUntil: 0, ends: 0, endedAt: now };
    const left = Math.max(0, before.ms - ((now - before.at) / 1000) * refillMsPerSecond);
    const ms = left + Math.max(0, tookMs - freeMs);
    const counted = now - before.endedAt > endsCountForMs ? 0 : before.ends;
    const ends = counted + (ended ? 1 : 0);
    const suspends = ms > mostMs || ends >= mostEnds;
    this.#spent.set(webhookId, {
      at: now,
      endedAt: ended ? now : before.endedAt,
      ...(suspends
        ? { ms: 0, ends: 0, suspendedUntil: now + suspendedForMs }
        : { ms, ends, suspendedUntil: before.suspendedUntil }),
    });
  }
}
