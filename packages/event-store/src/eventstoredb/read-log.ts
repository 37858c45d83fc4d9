import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalJson } from '@mission-control/merkle';
import { PositionNotInLog } from '../errors.ts';
import type {
  EventFilter,
  LogEntry,
  Position,
  ReadAllOptions,
  RecordedEvent,
  RecordedText,
} from '../port.ts';
import { passes } from '../subscription/filters.ts';
import { pagesAhead } from '../subscription/pages-ahead.ts';
import type { Connection, ConnectionLink } from './connection.ts';
import { isInvalidPosition } from './errors.ts';
import { pageGrowth, readPage } from './read-page.ts';
import { type Direction, logRequest, type ServerFilter, serverFilterFor } from './requests.ts';
import { isConsumers, type Visibility } from './visibility.ts';

export interface LogPage {
  /** In reading order. Includes events that are hidden or do not pass the filter; only their positions matter. */
  readonly events: readonly RecordedEvent[];
  readonly shows: (event: RecordedEvent) => boolean;
  /** True when no event that passes the filter is left in the reading direction. */
  readonly complete: boolean;
}

export interface LogPageRange {
  /** Exclusive. */
  readonly after: Position | 'start' | 'end';
  readonly direction: Direction;
  readonly filter: EventFilter;
  readonly count: number;
}

/**
 * Events that are handed over in one turn of the event loop. Between two turns, what arrives of the next page is taken in; otherwise the
 * server would wait while a page is handed over.
 */
const perTurn = 128;

export class LogReader {
  readonly #connection: Connection;
  readonly #visibility: Visibility;

  constructor(connection: Connection, visibility: Visibility) {
    this.#connection = connection;
    this.#visibility = visibility;
  }

  async page(link: ConnectionLink, { after, direction, filter, count }: LogPageRange): Promise<LogPage> {
    const serverFilter = serverFilterFor(filter);
    if (serverFilter === undefined) return { events: [], shows: () => false, complete: true };
    const [, page] = await Promise.all([
      this.#visibility.refresh(link),
      this.#read(link, after, direction, count, serverFilter),
    ]);
    const shows = await this.#visibility.judge(link, page.events, (event) => passes(filter, event));
    const last = page.events.at(direction === 'forwards' ? -1 : 0);
    if (last !== undefined) this.#visibility.saw(last.position);
    return { ...page, shows };
  }

  async *readAll({
    direction = 'forwards',
    from = direction === 'forwards' ? 'start' : 'end',
    filter = {},
    limit = Number.POSITIVE_INFINITY,
  }: ReadAllOptions): AsyncGenerator<RecordedEvent, void> {
    if (limit <= 0 || from === (direction === 'forwards' ? 'end' : 'start')) return;
    let left = limit;
    // Behind a page that shows nothing, there may be many more hidden events than are wanted in the end.
    let barren = false;
    const read = (previous: LogPage | undefined, most: number): Promise<LogPage> => {
      const after = previous?.events.at(-1)?.position ?? from;
      const range = { after, direction, filter, count: barren ? most : Math.min(most, left) };
      return this.#connection.use((link) => this.page(link, range));
    };
    for await (const page of pagesAhead(pageGrowth, read, isLast)) {
      barren = !page.events.some(page.shows);
      for (const [index, event] of page.events.entries()) {
        if (index % perTurn === perTurn - 1) await nextTurn();
        if (!page.shows(event)) continue;
        yield event;
        left -= 1;
        if (left <= 0) return;
      }
    }
  }

  /** The events are parsed all the same: content that is not JSON has to become JSON. */
  async *readTexts(from: Position | 'start'): AsyncGenerator<readonly RecordedText[], void> {
    for await (const event of this.readAll({ from }))
      yield [{ ...event, data: canonicalJson(event.data), metadata: canonicalJson(event.metadata) }];
  }

  async *readWholeLog(from: Position | 'start'): AsyncGenerator<LogEntry, void> {
    const read = (previous: LogPage | undefined, count: number): Promise<LogPage> => {
      const after = previous?.events.at(-1)?.position ?? from;
      return this.#connection.use((link) =>
        this.page(link, { after, direction: 'forwards', filter: {}, count }),
      );
    };
    for await (const page of pagesAhead(pageGrowth, read, isLast)) {
      for (const [index, event] of page.events.entries()) {
        if (index % perTurn === perTurn - 1) await nextTurn();
        const { stream, revision, position } = event;
        if (page.shows(event)) yield { kind: 'visible', event };
        else if (isConsumers(event)) yield { kind: 'hidden', stream, revision, position };
      }
    }
  }

  /** Forwards, the server begins with the event at the position itself: one more event is requested and that one is left out. */
  async #read(
    link: ConnectionLink,
    after: LogPageRange['after'],
    direction: Direction,
    count: number,
    filter: ServerFilter,
  ): Promise<{ events: readonly RecordedEvent[]; complete: boolean }> {
    const asked = typeof after === 'bigint' ? count + 1 : count;
    const request = logRequest({ from: after, direction, count: asked, filter });
    const page = await readPage(this.#connection, link.streams, request).catch((cause: unknown) => {
      if (!isInvalidPosition(cause)) throw cause;
      throw new PositionNotInLog(`no event of the log has the position ${after}`, { cause });
    });
    const events = page.events.filter(
      ({ position }) =>
        typeof after !== 'bigint' || (direction === 'forwards' ? position > after : position < after),
    );
    return { events, complete: page.whole && page.events.length < asked };
  }
}

const isLast = ({ complete, events }: LogPage): boolean => complete || events.length === 0;
