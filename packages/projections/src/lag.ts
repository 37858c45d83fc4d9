import { occurredAtOf } from '@mission-control/contracts';
import type { SubscriptionMessage } from '@mission-control/event-store';

/**
 * The age of the oldest event in the log that is not applied yet, as far as a runner has read the log. While it reads the next event, the
 * newest applied one is the best known bound: the next one is hardly older.
 */
export class Lag {
  /** When the events that were read but not applied happened, in ms since 1970, in log order. */
  #waiting: number[] = [];
  /** When the oldest unprocessed event happened. Null: everything is processed. Undefined: unknown. */
  #oldest: number | null | undefined;

  /** 0: every event is applied; undefined: the log was not read yet, or another runner has taken over. */
  get seconds(): number | undefined {
    if (this.#oldest === undefined) return undefined;
    return this.#oldest === null ? 0 : Math.max(0, Date.now() - this.#oldest) / 1000;
  }

  /** Events that were read and are not applied. undefined: as for `seconds`. */
  get events(): number | undefined {
    return this.#oldest === undefined ? undefined : this.#waiting.length;
  }

  /**
   * Passes on the messages of a new subscription, which starts after the last applied event. What was read from an earlier one no longer
   * counts, and nothing more is read from it.
   */
  async *watch(messages: AsyncIterable<SubscriptionMessage>): AsyncGenerator<SubscriptionMessage> {
    const waiting: number[] = [];
    this.#waiting = waiting;
    for await (const message of messages) {
      if (this.#waiting !== waiting) return;
      if (message.kind === 'event') {
        waiting.push(Date.parse(occurredAtOf(message.event)));
        this.#oldest = waiting[0];
      }
      yield message;
    }
  }

  /** @param count of events in the batch that was applied */
  applied(count: number, caughtUp: boolean): void {
    const newest = this.#waiting.splice(0, count).at(-1);
    this.#oldest = this.#waiting[0] ?? (caughtUp ? null : (newest ?? this.#oldest));
  }

  /** Call this when another runner has taken over. */
  forget(): void {
    this.#oldest = undefined;
    this.#waiting = [];
  }
}
