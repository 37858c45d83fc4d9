import { setTimeout as delay } from 'node:timers/promises';
import type { Checkpoint, EventFilter, Position } from '../port.ts';
import { passes, unionOf } from './filters.ts';
import type { LogReading, SubscriptionPage } from './log-source.ts';

/**
 * Pages for fewer events are not shared: a subscription that begins does not know yet how much it has to read. A reader that falls behind
 * by that many pages makes the others wait, for at most so many milliseconds.
 */
const limits = { events: 500, pages: 6, patienceMs: 5_000 };

/** A reader that uses less of what is read for all reads by itself: the index of kinds takes it to its next event at once. */
const leastShare = 1 / 4;

/** What a reader asks for: everything that passes its filter behind a place. */
interface Wanted {
  readonly reading: LogReading;
  readonly after: Checkpoint | null;
  readonly upTo: Checkpoint;
  readonly count: number;
}

interface KeptPage {
  readonly after: Position;
  /** How far it was to be read. */
  readonly target: Position;
  readonly filters: readonly EventFilter[];
  readonly page: Promise<SubscriptionPage>;
  /** Undefined until it was read. */
  upTo: Position | undefined;
}

/**
 * The pages that the subscriptions of a process read before they have caught up. Subscriptions at about the same place, such as
 * projections that are rebuilt together, get each page by one read, with the filters of all, and so the same events in memory. One that
 * falls behind holds the others up for a moment, and then reads by itself.
 */
export class SharedPages {
  readonly #readers = new Set<PageReader>();
  #pages: readonly KeptPage[] = [];
  #moved = Promise.withResolvers<void>();

  /** Call `leave` on the reader in the end. */
  enter(filter: EventFilter): PageReader {
    const reader = new PageReader(this, filter);
    this.#readers.add(reader);
    return reader;
  }

  leave(reader: PageReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size < 2) this.#pages = [];
    this.moved();
  }

  /** Those who wait for a slower reader look again. */
  moved(): void {
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }

  /** The next page of a reader; one that others get too, if there are others at about the same place. */
  async read(reader: PageReader, wanted: Wanted): Promise<SubscriptionPage> {
    const deadline = performance.now() + limits.patienceMs;
    for (;;) {
      const kept = this.#keptFor(reader);
      if (kept) return reader.use(await kept.page, kept.target, wanted);
      const slow = this.#slowerThan(reader);
      if (slow === undefined) break;
      if (performance.now() >= deadline) slow.alone = true;
      else await Promise.race([this.#moved.promise, delay(limits.patienceMs / 20)]);
    }
    const { reading, after, upTo, count } = wanted;
    const others = [...this.#readers].filter((other) => other !== reader && other.isNear(reader));
    if (others.length === 0) return reading.page(after, upTo, reader.filter, count);
    const kept = this.#keep([reader, ...others], wanted);
    return reader.use(await kept.page, kept.target, wanted);
  }

  #keptFor({ place, filter }: PageReader): KeptPage | undefined {
    return this.#pages.find(
      ({ after, upTo, filters }) =>
        filters.includes(filter) &&
        (after === place || (after < place && upTo !== undefined && place < upTo)),
    );
  }

  /** A reader that still needs the oldest page, when there is no room for another one. */
  #slowerThan(reader: PageReader): PageReader | undefined {
    const [oldest] = this.#pages;
    if (oldest === undefined || this.#pages.length < limits.pages) return undefined;
    return [...this.#readers].find(
      (other) =>
        other !== reader &&
        oldest.filters.includes(other.filter) &&
        other.place < (oldest.upTo ?? oldest.target) &&
        other.isNear(reader),
    );
  }

  #keep(readers: readonly PageReader[], { reading, after, upTo, count }: Wanted): KeptPage {
    const filters = readers.map(({ filter }) => filter);
    const kept: KeptPage = {
      after: after?.position ?? -1n,
      target: upTo.position,
      filters,
      page: reading.page(after, upTo, unionOf(filters), count),
      upTo: undefined,
    };
    this.#pages = [...this.#pages, kept].slice(-limits.pages);
    kept.page.then(
      (page) => {
        kept.upTo = page.upTo?.position;
      },
      () => {
        this.#pages = this.#pages.filter((one) => one !== kept);
      },
    );
    return kept;
  }
}

/** A subscription that has not caught up. */
export class PageReader {
  readonly filter: EventFilter;
  /** It uses too little of what is read for all, or is too slow for the others. */
  alone = false;
  readonly #pages: SharedPages;
  #place: Position = -1n;
  #span: Position = 0n;
  #begun = false;

  constructor(pages: SharedPages, filter: EventFilter) {
    this.#pages = pages;
    this.filter = filter;
  }

  /** Behind it, the reader asked for a page last. */
  get place(): Position {
    return this.#place;
  }

  /** Whether this reader soon needs what the other one reads next. */
  isNear(other: PageReader): boolean {
    const ahead = this.#place - other.#place;
    return this.#begun && !this.alone && ahead <= other.#span && -ahead <= other.#span * BigInt(limits.pages);
  }

  /** Like `page` of a reading. */
  async page(wanted: Wanted): Promise<SubscriptionPage> {
    const { reading, after, upTo, count } = wanted;
    this.#place = after?.position ?? -1n;
    this.#begun = count >= limits.events;
    this.#pages.moved();
    const page =
      this.#begun && !this.alone
        ? await this.#pages.read(this, wanted)
        : await reading.page(after, upTo, this.filter, count);
    this.#span = (page.upTo?.position ?? this.#place) - this.#place;
    return page;
  }

  /** What this reader gets of a page that was read for several. */
  use(page: SubscriptionPage, target: Position, { after, upTo, count }: Wanted): SubscriptionPage {
    const place = after?.position ?? -1n;
    const events = page.events.filter((event) => event.position > place && passes(this.filter, event));
    const isWhole = page.events.length >= count / 2 && (page.events[0]?.position ?? place) > place;
    if (isWhole && events.length < page.events.length * leastShare) this.alone = true;
    return { events, upTo: page.upTo, complete: page.complete && target >= upTo.position };
  }

  leave(): void {
    this.#pages.leave(this);
  }
}
