/** A message to the agent of a webhook, when it became due. */
export interface Told {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Another arrival of the same payload is no other message. */
  readonly payloadId: string;
}

const minuteMs = 60_000;

/**
 * The newest messages of a webhook to its agent. Whether one more is allowed depends only on the times in the log of those before it, not on
 * the clock. So a relay that reads the log again decides the same.
 */
export class ToldLately<T extends Told> {
  /** By the time at which they became due. */
  readonly #told: T[] = [];

  /** When the newest message became due; undefined if there are no messages. */
  get newestAt(): number | undefined {
    return this.#told.at(-1)?.at;
  }

  /** How many messages became due in the minute up to this time. */
  inMinuteUpTo(at: number): number {
    return this.#told.filter((one) => one.at > at - minuteMs && one.at <= at).length;
  }

  /**
   * Adds a message, if it is allowed.
   *
   * @param limit how many are allowed in a minute; null: any number
   * @param kept how many are remembered; at least the limit
   * @returns whether it is allowed
   */
  add(one: T, limit: number | null, kept: number): boolean {
    if (this.#told.some(({ payloadId }) => payloadId === one.payloadId)) return true;
    if (limit !== null && this.inMinuteUpTo(one.at) >= limit) return false;
    const later = this.#told.findLastIndex(({ at }) => at <= one.at) + 1;
    this.#told.splice(later, 0, one);
    while (this.#told.length > kept) this.#told.shift();
    return true;
  }

  /** Forgets messages that became due before this time. */
  forgetBefore(at: number): void {
    while (this.#told[0] && this.#told[0].at < at) this.#told.shift();
  }

  /** Those that are remembered, the oldest first. */
  all(): readonly T[] {
    return this.#told;
  }
}
