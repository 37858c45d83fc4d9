import type { EventStore, RecordedEvent, SubscribeOptions, SubscriptionMessage } from '../port.ts';
import { patience, within } from './waiting.ts';

/** Reads a subscription message by message, each within a deadline. */
export class Follower {
  /** Every message read so far. */
  readonly messages: SubscriptionMessage[] = [];
  readonly #events: RecordedEvent[] = [];
  readonly #stop = new AbortController();
  readonly #iterator: AsyncIterator<SubscriptionMessage>;

  constructor(store: EventStore, options: Omit<SubscribeOptions, 'signal'>) {
    this.#iterator = store.subscribeToAll({ ...options, signal: this.#stop.signal })[Symbol.asyncIterator]();
  }

  get events(): RecordedEvent[] {
    return [...this.#events];
  }

  /** Undefined when the subscription has ended. */
  async next(): Promise<SubscriptionMessage | undefined> {
    const { value, done } = await within(
      patience,
      'the next message of a subscription',
      this.#iterator.next(),
    );
    if (done === true) return undefined;
    this.messages.push(value);
    if (value.kind === 'event') this.#events.push(value.event);
    return value;
  }

  /** Reads on until the condition holds. Throws when the subscription ends first. */
  async until(condition: (message: SubscriptionMessage) => boolean): Promise<SubscriptionMessage> {
    for (;;) {
      const message = await this.next();
      if (message === undefined) throw new Error('the subscription has ended');
      if (condition(message)) return message;
    }
  }

  caughtUp(): Promise<SubscriptionMessage> {
    return this.until(({ kind }) => kind === 'caught_up');
  }

  /** Reads on until `count` events have been read in total. */
  async untilEvents(count: number): Promise<RecordedEvent[]> {
    while (this.#events.length < count) await this.until(({ kind }) => kind === 'event');
    return this.events;
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#iterator.return?.();
  }
}
