import { EventStoreUnavailable } from '../errors.ts';
import type { Checkpoint, EventFilter, Position, RecordedEvent } from '../port.ts';
import { passes, unionOf } from '../subscription/filters.ts';
import type { LogTail, TailBatch, TailEvent } from '../subscription/log-source.ts';
import { CheckpointStep } from './checkpoint-step.ts';
import type { Connection, ConnectionLink } from './connection.ts';
import { toStoreError } from './errors.ts';
import { Feed, type Sent } from './feed.ts';
import { eventAt, verifyCheckpoint } from './log-head.ts';
import { startRead } from './read-answer.ts';
import type { LogReader } from './read-log.ts';
import { bytesOf, toRecordedEvent } from './recorded-event.ts';
import { tailRequest } from './requests.ts';
import type { SharedHead } from './shared-head.ts';
import { hiddenStream, hides, isOfConsumers, type Visibility } from './visibility.ts';

/** What the subscriptions want, and what follows from it. */
interface Wanted {
  readonly filters: readonly EventFilter[];
  readonly union: EventFilter;
  /** Equal texts mean equal unions. */
  readonly text: string;
}

const wantedBy = (filters: readonly EventFilter[]): Wanted => {
  const union = unionOf(filters);
  return { filters, union, text: JSON.stringify(union) };
};

export interface TailParts {
  readonly connection: Connection;
  readonly reader: LogReader;
  readonly head: SharedHead;
  readonly visibility: Visibility;
}

/**
 * Milliseconds. `poll`: the log is looked at if the server sent nothing. `quiet`: silence that ends a busy time. `passing`: between two
 * reports that events have passed of which no subscription wants any, in a busy time, since each needs a read.
 */
const times = { poll: 5_000, quiet: 500, seen: 10, passing: 250 };
/** Events of one look. */
const lookAt = 512;
const bytesPerEvent = (8 * 1024 * 1024) / lookAt;

/**
 * Follows the log by one subscription of the server, which sends the events that a filter passes, the events that hide others, and
 * checkpoints. A checkpoint names only a position, so the event there is read for its id. Events that the filter excludes and that came
 * between the place of the subscription and its beginning, or since the last checkpoint, are not reported: then the log is read.
 */
export class LogTailReader implements LogTail {
  readonly #parts: TailParts;
  #at: Checkpoint | null;
  #trusted: ConnectionLink | undefined;
  #feed: Feed | undefined;
  /** What passes the feed. */
  #filter = '';
  #wanted: Wanted = wantedBy([]);
  readonly #step = new CheckpointStep();
  #mustLook = false;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  #woken = false;
  #wake: (() => void) | undefined;
  #seen: NodeJS.Timeout | undefined;

  constructor(parts: TailParts, from: Checkpoint | null) {
    this.#parts = parts;
    this.#at = from;
  }

  async next(wanted: () => readonly EventFilter[], notBefore: number): Promise<TailBatch | undefined> {
    while (!this.#closed) {
      const { connection } = this.#parts;
      const link = await connection.link();
      try {
        const batch = await this.#nextOver(link, wanted, notBefore);
        if (batch !== undefined) return batch;
      } catch (error) {
        const failure = toStoreError(error);
        if (failure instanceof EventStoreUnavailable) await connection.lose(link, error);
        throw failure;
      }
    }
    return undefined;
  }

  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** In large steps, somebody may wait until the reader has passed this position. */
  saw(head: Checkpoint): void {
    if (!this.#step.isLarge || this.#seen !== undefined) return;
    this.#seen = setTimeout(() => {
      this.#seen = undefined;
      if (head.position <= (this.#at?.position ?? -1n)) return;
      this.#mustLook = true;
      this.wake();
    }, times.seen);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#seen);
    this.#feed?.end();
    this.wake();
  }

  async #nextOver(
    link: ConnectionLink,
    wanted: () => readonly EventFilter[],
    notBefore: number,
  ): Promise<TailBatch | undefined> {
    this.#woken = false;
    const filters = wanted();
    if (filters !== this.#wanted.filters) this.#wanted = wantedBy(filters);
    const { union } = this.#wanted;
    const feed = await this.#feedOf(link, this.#wanted);
    if (this.#closed) return undefined;
    if (feed.failure !== undefined) throw feed.failure;
    const reportAt = this.#step.isLarge ? this.#reportedAt + times.passing : 0;
    const restMs = Math.max(notBefore, feed.hasEvents ? 0 : reportAt) - performance.now();
    if (feed.hasNews && restMs <= 0) return this.#takeIn(feed, filters);
    if (this.#mustLook && feed.confirmed) return this.#look(link, union);
    if (this.#woken) return undefined;
    if (feed.hasNews) await this.#change(restMs);
    else if ((await this.#change(this.#step.isLarge ? times.quiet : times.poll)) === 'silence') this.#doubt();
    return undefined;
  }

  async #feedOf(link: ConnectionLink, { union, text }: Wanted): Promise<Feed> {
    const step = this.#step.events;
    const before = this.#feed;
    const isSame = before?.link === link && this.#filter === text;
    if (isSame && before.step === step) return before;
    before?.end();
    const { connection, visibility } = this.#parts;
    if (this.#at !== null && this.#trusted !== link) await verifyCheckpoint(connection, link, this.#at);
    this.#trusted = link;
    // What was hidden before is known from here on, and what is hidden afterwards is sent.
    if (!isSame) await visibility.refresh(link);
    const request = tailRequest(this.#at?.position ?? 'start', union, step);
    const call = connection.call(
      link.streams,
      (streams, ...settings) => startRead(streams, request, ...settings),
      undefined,
    );
    this.#feed = new Feed(link, call, step, () => this.#wake?.());
    this.#filter = text;
    // In a larger step a checkpoint comes soon, or silence, after which the log is read.
    if (!isSame || step < before.step) this.#mustLook = true;
    if (this.#closed) this.#feed.end();
    return this.#feed;
  }

  async #takeIn(feed: Feed, filters: readonly EventFilter[]): Promise<TailBatch | undefined> {
    // In a busy time, what was passed is reported only if it is all there is: events say it too, and need no read.
    const sent = this.#step.isLarge && feed.hasEvents ? feed.takeEvents() : feed.take();
    this.#reportedAt = performance.now();
    this.#step.adapt(sent.covered);
    const { visibility } = this.#parts;
    const passesOne = (event: Pick<RecordedEvent, 'stream' | 'type'>): boolean =>
      filters.some((filter) => passes(filter, event));
    const events: TailEvent[] = [];
    let upTo = this.#at;
    for (const one of sent.events) {
      if (one.position <= (this.#at?.position ?? -1n)) continue;
      if (hides(one)) visibility.hid(hiddenStream(one));
      if (!isOfConsumers(one)) continue;
      upTo = this.#checkpoint(feed.link, one);
      if (passesOne(one)) events.push({ event: toRecordedEvent(one), bytes: bytesOf(one) });
    }
    const recorded = events.map(({ event }) => event);
    const shows = await visibility.judge(feed.link, recorded, passesOne);
    upTo = (await this.#passed(feed.link, sent, upTo)) ?? upTo;
    if (upTo === null || upTo === this.#at) return undefined;
    this.#at = upTo;
    visibility.saw(upTo.position);
    return {
      events: events.filter(({ event }) => shows(event)),
      upTo,
      covered: sent.covered,
      full: feed.hasNews && feed.isFull,
    };
  }

  /** The checkpoint of the server, if it is after `upTo` and not in the middle of what the system writes. */
  async #passed(
    link: ConnectionLink,
    { passed }: Sent,
    upTo: Checkpoint | null,
  ): Promise<Checkpoint | undefined> {
    if (passed === undefined || passed <= (upTo?.position ?? -1n)) return undefined;
    const event = await eventAt(this.#parts.connection, link, passed);
    return event !== undefined && isOfConsumers(event) ? this.#checkpoint(link, event) : undefined;
  }

  /** Reads what is new up to the end of the log. */
  async #look(link: ConnectionLink, filter: EventFilter): Promise<TailBatch | undefined> {
    this.#mustLook = false;
    const { head, reader } = this.#parts;
    const end = await head.read(link);
    if (end === null || end.position <= (this.#at?.position ?? -1n)) return undefined;
    const after = this.#at?.position ?? 'start';
    const page = await reader.page(link, { after, direction: 'forwards', filter, count: lookAt });
    const last = page.events.at(-1);
    const reached = page.complete && (last?.position ?? -1n) < end.position;
    const upTo = reached || last === undefined ? end : this.#checkpoint(link, last);
    this.#at = upTo;
    this.#mustLook = !page.complete;
    const events = page.events.filter(page.shows).map((event) => ({ event, bytes: bytesPerEvent }));
    return { events, upTo, covered: Math.max(events.length, 1), full: !page.complete };
  }

  #doubt(): void {
    this.#step.reset();
    this.#mustLook = true;
  }

  async #change(within: number): Promise<'woken' | 'silence'> {
    const { promise, resolve } = Promise.withResolvers<'woken' | 'silence'>();
    const timer = setTimeout(() => resolve('silence'), within);
    this.#wake = () => resolve('woken');
    const result = await promise;
    this.#wake = undefined;
    clearTimeout(timer);
    return result;
  }

  #checkpoint(
    { incarnation }: ConnectionLink,
    { position, id }: { readonly position: Position; readonly id: string },
  ): Checkpoint {
    return { incarnation, position, eventId: id };
  }
}
