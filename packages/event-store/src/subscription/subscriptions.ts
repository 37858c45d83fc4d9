import type { Meter } from '@opentelemetry/api';
import type { EventStoreLog } from '../log.ts';
import type { Checkpoint, SubscribeOptions, SubscriptionMessage } from '../port.ts';
import type { LogSource } from './log-source.ts';
import { type CountBatch, createBatchCounter } from './metrics.ts';
import type { Outage } from './outage.ts';
import { SharedPages } from './shared-pages.ts';
import { SharedTail } from './shared-tail.ts';
import { Subscription } from './subscription.ts';

/** The subscriptions of an event store, over what its adapter supplies. */
export class Subscriptions {
  readonly #source: LogSource;
  readonly #outage: Outage;
  readonly #countBatch: CountBatch;
  readonly #tail: SharedTail;
  readonly #pages = new SharedPages();
  readonly #closing = new AbortController();

  constructor(source: LogSource, outage: Outage, log: EventStoreLog, meter: Meter | undefined) {
    this.#source = source;
    this.#outage = outage;
    this.#countBatch = createBatchCounter(meter);
    this.#tail = new SharedTail(source, outage, log, this.#closing.signal);
  }

  subscribe(options: SubscribeOptions): AsyncGenerator<SubscriptionMessage, void> {
    const { signal: closing } = this.#closing;
    const signal = options.signal === undefined ? closing : AbortSignal.any([options.signal, closing]);
    const sources = {
      source: this.#source,
      tail: this.#tail,
      pages: this.#pages,
      outage: this.#outage,
      countBatch: this.#countBatch,
    };
    return new Subscription(sources, options, signal).messages();
  }

  /** Somebody has seen this end of the log. */
  saw(head: Checkpoint): void {
    this.#tail.saw(head);
  }

  /** Ends all subscriptions. Resolves when the shared reader has ended, which may need the connection to be closed. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#tail.close();
  }
}
