import type { Checkpoint, EventFilter, SubscribeOptions, SubscriptionMessage } from '../port.ts';
import type { LogReading, LogSource, SubscriptionPage } from './log-source.ts';
import type { CountBatch } from './metrics.ts';
import { type Outage, patiently } from './outage.ts';
import { pagesAhead } from './pages-ahead.ts';
import type { Delivery } from './seat.ts';
import type { SharedPages } from './shared-pages.ts';
import type { SharedTail } from './shared-tail.ts';

interface Sources {
  readonly source: LogSource;
  readonly tail: SharedTail;
  readonly pages: SharedPages;
  readonly outage: Outage;
  readonly countBatch: CountBatch;
}

/**
 * One subscription. It reads pages up to the end of the log, together with subscriptions at about the same place. Then it takes what is
 * new from the tail that it shares with the other subscriptions of the process. When it is too slow for the tail, or the tail is lost, it
 * reads pages again.
 *
 * Only this class decides in which order messages and checkpoints are yielded, whatever it reads from.
 */
export class Subscription {
  readonly #sources: Sources;
  readonly #reading: LogReading;
  readonly #filter: EventFilter;
  readonly #name: string;
  readonly #patienceMs: number | undefined;
  readonly #signal: AbortSignal;
  /** Everything up to here has been yielded, or does not pass the filter. */
  #at: Checkpoint | null;
  #begun: boolean;

  constructor(
    sources: Sources,
    { from, filter = {}, name = 'unnamed', patienceMs }: SubscribeOptions,
    signal: AbortSignal,
  ) {
    this.#sources = sources;
    this.#reading = sources.source.reading();
    this.#filter = filter;
    this.#name = name;
    this.#patienceMs = patienceMs;
    this.#signal = signal;
    this.#at = typeof from === 'string' ? null : from;
    this.#begun = from !== 'end';
  }

  async *messages(): AsyncGenerator<SubscriptionMessage, void> {
    let told: Checkpoint | null | undefined;
    for await (const { events, upTo, atEnd } of this.#deliveries()) {
      for (const event of events) {
        if (event.position <= (this.#at?.position ?? -1n)) continue;
        this.#at = { incarnation: upTo?.incarnation ?? '', position: event.position, eventId: event.id };
        yield { kind: 'event', event, checkpoint: this.#at };
        if (this.#signal.aborted) return;
      }
      if (upTo !== null && this.#isBehind(upTo)) {
        this.#at = upTo;
        yield { kind: 'checkpoint', checkpoint: upTo };
        if (this.#signal.aborted) return;
      }
      if (!atEnd || (told !== undefined && told?.position === this.#at?.position)) continue;
      told = this.#at;
      yield { kind: 'caught_up', checkpoint: told };
      if (this.#signal.aborted) return;
    }
  }

  async *#deliveries(): AsyncGenerator<Delivery, void> {
    const { tail, outage, countBatch } = this.#sources;
    while (!this.#signal.aborted) {
      const head = await patiently(outage, this.#signal, () => this.#reading.head(this.#at));
      if (head === undefined) return;
      if (!this.#begun) this.#at = head;
      this.#begun = true;
      yield* this.#pagesUpTo(head);
      if (this.#signal.aborted) return;
      const seat = tail.join({ filter: this.#filter, patienceMs: this.#patienceMs }, this.#at, this.#signal);
      try {
        const start = await seat.start();
        if (start === 'cut') continue;
        if (start !== null && this.#isBehind(start)) yield* this.#pagesUpTo(start);
        for (let next = await seat.take(); next !== undefined; next = await seat.take()) {
          countBatch(this.#name, 'tail', next.events.length);
          yield next;
        }
      } finally {
        seat.leave();
      }
    }
  }

  async *#pagesUpTo(target: Checkpoint | null): AsyncGenerator<Delivery, void> {
    if (target === null || !this.#isBehind(target)) {
      yield { events: [], upTo: null, atEnd: true };
      return;
    }
    const { source, pages, outage, countBatch } = this.#sources;
    const start = this.#at;
    const reader = pages.enter(this.#filter);
    const read = (previous: SubscriptionPage | undefined, count: number) =>
      patiently(outage, this.#signal, () => {
        const after = previous === undefined ? start : previous.upTo;
        return reader.page({ reading: this.#reading, after, upTo: target, count });
      });
    const isLast = (page: SubscriptionPage | undefined): boolean =>
      page === undefined || page.complete || (page.upTo !== null && page.upTo.position >= target.position);
    try {
      for await (const page of pagesAhead<SubscriptionPage | undefined>(source.pages, read, isLast)) {
        if (page === undefined) return;
        countBatch(this.#name, 'pages', page.events.length);
        const atEnd = isLast(page);
        const passed = page.upTo !== null && page.upTo.position >= target.position;
        yield { events: page.events, upTo: atEnd && !passed ? target : page.upTo, atEnd };
        if (this.#signal.aborted) return;
      }
    } finally {
      reader.leave();
    }
  }

  #isBehind({ position }: Checkpoint): boolean {
    return (this.#at?.position ?? -1n) < position;
  }
}
