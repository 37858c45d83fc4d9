import { LRUCache } from 'lru-cache';
import type { Position, RecordedEvent } from '../port.ts';
import type { Connection, ConnectionLink } from './connection.ts';
import { lastPosition } from './log-head.ts';
import { readPage } from './read-page.ts';
import {
  hidingEvents,
  logRequest,
  metadataStreamOf,
  originalOf,
  ownStreams,
  streamRequest,
} from './requests.ts';

/** What is known about a stream: all visible, none, visible from a revision on, or `ask` if it changes by itself (age, count). */
type Showing = 'all' | 'none' | 'ask' | { readonly from: number };

const knownStreams = 50_000;
const lookUpsAtOnce = 100;
/** Milliseconds. */
const deadline = 10_000;

/** The server's names of the port's metadata. */
export interface StreamMetadataEvent {
  readonly $tb?: number;
  readonly $maxCount?: number;
  readonly $maxAge?: number;
}

/**
 * Decides which events of the whole log are hidden, because the server shows them there until a scavenge. It decides per stream:
 * one read of the metadata also shows whether the stream is tombstoned. Results are cached (bounded) and dropped when an event
 * that hides others arrives. These events are few and are read together with every page, so everything that was hidden before a
 * page was requested is known when the page is shown.
 */
export class Visibility {
  readonly #connection: Connection;
  readonly #known = new LRUCache<string, Showing>({ max: knownStreams });
  #link: ConnectionLink | undefined;
  /** Events that hide others have been processed up to here. */
  #upTo: Position = 0n;
  #seen: Position = 0n;
  /** Changes whenever something was dropped from the cache. */
  #changes = 0;
  #refreshing: Promise<void> | undefined;
  #refreshingNext: Promise<void> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Processes what has been hidden until now. Start it no later than the read whose events will be judged. */
  refresh(link: ConnectionLink): Promise<void> {
    if (this.#refreshing === undefined) {
      this.#refreshing = this.#takeIn(link).finally(() => {
        this.#refreshing = undefined;
      });
      return this.#refreshing;
    }
    // The refresh in progress may already have read the log.
    this.#refreshingNext ??= this.#refreshing
      .catch(() => undefined)
      .then(() => {
        this.#refreshingNext = undefined;
        return this.refresh(link);
      });
    return this.#refreshingNext;
  }

  /** Decides which events a consumer may see. They were read together with a refresh and must pass the consumer's filter. */
  async judge(
    link: ConnectionLink,
    events: readonly RecordedEvent[],
    passes: (event: RecordedEvent) => boolean,
  ): Promise<(event: RecordedEvent) => boolean> {
    const streams = new Set<string>();
    for (const event of events) if (passes(event) && isConsumers(event)) streams.add(event.stream);
    const showing = await this.#showingOf(link, streams);
    return (event) => {
      const known = showing.get(event.stream);
      if (known === undefined || known === 'none' || !isConsumers(event) || !passes(event)) return false;
      return known === 'all' || event.revision >= known.from;
    };
  }

  /** The log contains an event at this position: the next refresh covers everything up to it. */
  saw(position: Position): void {
    if (position > this.#seen) this.#seen = position;
  }

  /** An event that hides something of this stream was sent. */
  hid(stream: string): void {
    this.#known.delete(stream);
    this.#changes += 1;
  }

  async #takeIn(link: ConnectionLink): Promise<void> {
    if (this.#link?.number !== link.number) {
      // Another server, perhaps with another log: start over at its end.
      this.#known.clear();
      this.#changes += 1;
      this.#upTo = (await lastPosition(this.#connection, link)) ?? 0n;
      this.#seen = this.#upTo;
      this.#link = link;
      return;
    }
    // This position was in the log before the read begins, so the read covers everything up to it.
    const seen = this.#seen;
    for (let whole = false; !whole; ) {
      const request = logRequest({
        from: this.#upTo,
        direction: 'forwards',
        count: 1_000,
        filter: hidingEvents,
      });
      const page = await readPage(this.#connection, link.streams, request);
      const news = page.events.filter(({ position }) => position > this.#upTo);
      for (const event of news) this.#known.delete(hiddenStream(event));
      if (news.length > 0) this.#changes += 1;
      this.#upTo = news.at(-1)?.position ?? this.#upTo;
      whole = page.whole && page.events.length < 1_000;
    }
    if (seen > this.#upTo) this.#upTo = seen;
  }

  async #showingOf(
    link: ConnectionLink,
    streams: ReadonlySet<string>,
  ): Promise<Map<string, Exclude<Showing, 'ask'>>> {
    const changes = this.#changes;
    const showing = new Map<string, Exclude<Showing, 'ask'>>();
    const open: string[] = [];
    for (const stream of streams) {
      const known = this.#known.get(stream);
      if (known === undefined || known === 'ask') open.push(stream);
      else showing.set(stream, known);
    }
    while (open.length > 0) {
      const some = open.splice(0, lookUpsAtOnce);
      await Promise.all(
        some.map(async (stream) => {
          const found = this.#known.get(stream) ?? (await this.#lookUp(link, stream));
          // Something may have been hidden since the lookup. In that case the result holds for this page only.
          if (changes === this.#changes) this.#known.set(stream, found);
          showing.set(stream, found === 'ask' ? await this.#firstShown(link, stream) : found);
        }),
      );
    }
    return showing;
  }

  async #lookUp(link: ConnectionLink, stream: string): Promise<Showing> {
    const request = streamRequest({
      stream: metadataStreamOf(stream),
      from: 'end',
      direction: 'backwards',
      count: 1,
    });
    const page = await readPage(this.#connection, link.streams, request, deadline);
    if (page.stream === 'deleted') return 'none';
    const metadata = page.events[0]?.data as StreamMetadataEvent | null | undefined;
    if (metadata?.$maxAge !== undefined || metadata?.$maxCount !== undefined) return 'ask';
    return metadata?.$tb === undefined ? 'all' : { from: metadata.$tb };
  }

  /** When reading by stream, the server shows the first event that is not hidden. */
  async #firstShown(link: ConnectionLink, stream: string): Promise<Exclude<Showing, 'ask'>> {
    const request = streamRequest({ stream, from: 'start', direction: 'forwards', count: 1 });
    const [first] = (await readPage(this.#connection, link.streams, request, deadline)).events;
    return first === undefined ? 'none' : { from: first.revision };
  }
}

const own = new Set<string>(Object.values(ownStreams));

export const isOwn = (stream: string): boolean => own.has(stream);

/** Of a consumer's stream, tombstones included: readers may stop here. */
export const isOfConsumers = ({ stream }: Pick<RecordedEvent, 'stream'>): boolean =>
  !stream.startsWith('$') && !own.has(stream);

/** Stream metadata or a tombstone. */
export const hides = ({ type }: Pick<RecordedEvent, 'type'>): boolean =>
  type === '$metadata' || type === '$streamDeleted';

/** Not a system event, not a tombstone, and not an event of the adapter's own streams. */
export const isConsumers = ({ stream, type }: RecordedEvent): boolean =>
  !stream.startsWith('$') && !type.startsWith('$') && !own.has(stream);

/** The stream that an event hides something of. */
export const hiddenStream = ({ stream }: Pick<RecordedEvent, 'stream'>): string => originalOf(stream);
