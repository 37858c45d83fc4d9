import { at, compare, type LogPosition, nowhere } from '../log/log-position.ts';
import type { LogRecord } from '../log/record.ts';
import { InvalidPosition, type TransactionLog } from '../log/transaction-log.ts';
import type { EventFilter } from './event-filter.ts';

export interface PageDemand {
  readonly count: number;
  /** The maximum number of events to examine for the page. */
  readonly window: number;
  readonly filter: EventFilter;
}

export interface Page {
  readonly events: readonly LogRecord[];
  readonly from: LogPosition;
  /** Where the next page begins. Forwards, this is between events, so prepare is 0. */
  readonly next: LogPosition;
  readonly considered: number;
  readonly isEnd: boolean;
}

/** Events at and after the position. Nothing is hidden: truncated, expired and deleted events stay in the log until a scavenge. */
export const pageForwards = (
  log: TransactionLog,
  from: LogPosition,
  { count, window, filter }: PageDemand,
): Page => {
  const events: LogRecord[] = [];
  let next = from;
  let considered = 0;
  const last = log.last;
  let position = from.commit;
  if (position > last) return { events, from, next, considered, isEnd: true };
  for (let index = log.indexOf(position); events.length < count && considered < window; index += 1) {
    const record = log.records[index];
    if (record === undefined || position > last) return { events, from, next, considered, isEnd: true };
    position = record.end;
    if (!record.readable || compare(at(record.position), from) < 0) continue;
    considered += 1;
    if (filter(record)) events.push(record);
    next = { commit: record.end, prepare: 0 };
  }
  return { events, from, next, considered, isEnd: false };
};

/** Events before the position, newest first. */
const pageBackwards = (
  log: TransactionLog,
  from: LogPosition,
  { count, window, filter }: PageDemand,
): Page => {
  const events: LogRecord[] = [];
  let next = from;
  let considered = 0;
  if (from.commit > log.end) throw new InvalidPosition();
  for (let index = log.indexOf(from.commit) - 1; events.length < count && considered < window; index -= 1) {
    const record = log.records[index];
    if (record === undefined) return { events, from, next, considered, isEnd: true };
    if (!record.readable || compare(at(record.end), from) > 0) continue;
    considered += 1;
    if (filter(record)) events.push(record);
    next = at(record.position);
  }
  return { events, from, next, considered, isEnd: false };
};

const pageSize = 32;

export interface ReadAllDemand {
  readonly from: LogPosition;
  readonly backwards: boolean;
  readonly count: number;
  readonly window: number;
  readonly filter: EventFilter;
}

/**
 * Reads page by page, so that it sees events appended in the meantime. A filtered read ends once it has found one more event than was
 * requested, or the end of the log.
 */
export function* readAll(
  log: TransactionLog,
  { from, backwards, count, window, filter }: ReadAllDemand,
): Generator<LogRecord> {
  const readPage = backwards ? pageBackwards : pageForwards;
  let position = compare(from, nowhere) === 0 ? at(log.end) : from;
  const isFiltered = window !== Number.POSITIVE_INFINITY;
  for (let read = 0; isFiltered ? read <= count : read < count; ) {
    const left = count - read;
    const page = readPage(log, position, { count: Math.min(pageSize, Math.max(left, 1)), window, filter });
    yield* page.events.slice(0, left);
    read += page.events.length;
    if (page.isEnd) return;
    position = page.next;
  }
}
