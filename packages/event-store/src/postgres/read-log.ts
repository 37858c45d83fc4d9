import type { EventFilter, Position, ReadAllOptions, RecordedEvent, RecordedText } from '../port.ts';
import { type EventRow, pageLimits, type TextRow, toRecordedEvent, toRecordedText } from './page.ts';
import type { ReadPool } from './read-pool.ts';

/** A row of the log: with content if the reader may see it, otherwise only its position. */
interface LogRow extends EventRow {
  readonly shown: boolean;
  /** Bytes of content that the row counts for; 0 at `from`. */
  readonly bytes: number;
}

export interface LogPage {
  /** In reading order. When reading forwards, a row at `from` itself comes first and is never shown. */
  readonly rows: readonly LogRow[];
  /** True when nothing is left between the last row and the bound. */
  readonly complete: boolean;
}

export interface LogRange {
  readonly from: Position;
  readonly direction: 'forwards' | 'backwards';
  /** The last position of a forward read. */
  readonly upTo?: Position;
  readonly filter?: EventFilter | undefined;
  /** Ids of the kinds to read, instead of a filter; for ranges that are not much longer than a page. */
  readonly kinds?: readonly number[];
  readonly rows?: number;
  /** JSON stays text. */
  readonly asText?: boolean;
}

const lastPosition = 9_223_372_036_854_775_807n;

/** Reads one page in one round trip. A filter uses the index of kinds instead of walking the log. */
export const readLogPage = async (
  pool: ReadPool,
  quotedSchema: string,
  range: LogRange,
): Promise<LogPage> => {
  const { filter, kinds, direction } = range;
  const isFiltered = filter?.types !== undefined || filter?.streamPrefixes !== undefined;
  const selection: Selection = kinds !== undefined ? 'kinds' : isFiltered ? 'filtered' : 'whole';
  const wanted = range.rows ?? pageLimits.rows;
  const rows = await pool.query<LogRow>(
    `log_${direction}_${selection}`,
    pageQuery(quotedSchema, direction, selection),
    [
      range.from,
      range.upTo ?? lastPosition,
      wanted,
      pageLimits.bytes,
      ...(selection === 'filtered' ? [filter?.types ?? null, filter?.streamPrefixes ?? null] : []),
      ...(selection === 'kinds' ? [kinds] : []),
    ],
    range.asText ? 'json as text' : 'json parsed',
  );
  const news = rows.filter((row) => BigInt(row.position) !== range.from);
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  return { rows, complete: news.length < wanted && bytes < pageLimits.bytes };
};

export async function* readAll(
  pool: ReadPool,
  quotedSchema: string,
  options: ReadAllOptions,
): AsyncGenerator<RecordedEvent, void> {
  for await (const rows of readShown(pool, quotedSchema, options))
    for (const row of rows) yield toRecordedEvent(row);
}

export async function* readTexts(
  pool: ReadPool,
  quotedSchema: string,
  from: Position | 'start',
): AsyncGenerator<readonly RecordedText[], void> {
  for await (const rows of readShown(pool, quotedSchema, { from, asText: true }))
    yield rows.map((row) => toRecordedText(row as LogRow & TextRow));
}

/** The rows that the reader may see, a page at a time. */
async function* readShown(
  pool: ReadPool,
  quotedSchema: string,
  {
    direction = 'forwards',
    from,
    filter,
    limit = Number.POSITIVE_INFINITY,
    asText = false,
  }: ReadAllOptions & Pick<LogRange, 'asText'>,
): AsyncGenerator<readonly LogRow[], void> {
  const start = from ?? (direction === 'forwards' ? 'start' : 'end');
  const after = (position: Position, rows: number): Promise<LogPage> =>
    readLogPage(pool, quotedSchema, { from: position, direction, filter, rows, asText });
  let next = start === 'start' ? 0n : start === 'end' ? lastPosition : start;
  let left = limit;
  // Behind a page that shows nothing, there may be many more hidden events than are wanted in the end.
  let barren = false;
  // The page after the next one. Who reads on after one page is likely to read more, and the server works while the events are used.
  let ahead: Promise<LogPage> | null = null;
  for (let isFirst = true; left > 0; isFirst = false) {
    const page: LogPage = await (ahead ??
      after(next, barren ? pageLimits.rows : Math.min(pageLimits.rows, left)));
    const shown = page.rows.filter((row) => row.shown).slice(0, left);
    barren = shown.length === 0;
    const last = page.rows.at(-1);
    if (last !== undefined) next = BigInt(last.position);
    ahead = isFirst || page.complete || left <= 2 * pageLimits.rows ? null : after(next, pageLimits.rows);
    // It fails where it is awaited, if it still is.
    ahead?.catch(() => undefined);
    left -= shown.length;
    yield shown;
    if (last === undefined || page.complete) return;
  }
}

type Selection = 'whole' | 'filtered' | 'kinds';

const pageQuery = (s: string, direction: LogRange['direction'], selection: Selection): string =>
  selection === 'filtered' ? filteredQuery(s, direction) : rangeQuery(s, direction, selection);

/** The end of every page query: the entries up to the limit of bytes, with content as far as the reader may see it. */
const upToBytes = (order: string, entries: string): string => `
    select position, id, stream, revision, type, recorded_at, shown, bytes,
           case when shown then data end as data, case when shown then metadata end as metadata
      from (select *, sum(bytes) over (order by ${order} rows unbounded preceding) - bytes as before
              from (${entries}) entry) page
     where before < $4::bigint order by ${order}`;

const entry = (shown: string): string => `
      e.position, e.id, e.stream, e.revision, e.type, e.recorded_at, e.data, e.metadata, ${shown} as shown,
      case when e.position <> $1::bigint then e.size else 0 end as bytes`;

/**
 * Walks the log. A forward page also reads the position that the reader comes from: it must still hold the event that the reader knows. Only
 * before the first event is there none.
 */
const rangeQuery = (s: string, direction: LogRange['direction'], selection: 'whole' | 'kinds'): string => {
  const forwards = direction === 'forwards';
  const order = forwards ? 'position' : 'position desc';
  const range = forwards
    ? 'e.position >= $1::bigint and e.position <= $2::bigint'
    : 'e.position < least($1::bigint, $2::bigint)';
  const ofKinds =
    selection === 'kinds' ? 'and (e.kind = any ($5::integer[]) or e.position = $1::bigint)' : '';
  const limit = forwards ? '$3::bigint + ($1::bigint > 0)::integer' : '$3::bigint';
  return upToBytes(
    order,
    `select ${entry('e.visible and e.position <> $1::bigint')}
       from ${s}.entries e where ${range} ${ofKinds} order by e.${order} limit ${limit}`,
  );
};

/** Finds the positions in the index of kinds. A forward page begins with the position that the reader comes from, as above. */
const filteredQuery = (s: string, direction: LogRange['direction']): string => {
  const forwards = direction === 'forwards';
  const order = forwards ? 'position' : 'position desc';
  const range = forwards
    ? 'e.position > $1::bigint and e.position <= $2::bigint'
    : 'e.position < least($1::bigint, $2::bigint)';
  const anchor = forwards ? `select $1::bigint as position union all` : '';
  const shown = `e.visible and e.position <> $1::bigint
    and ($6::text[] is null or exists (select from unnest($6::text[]) prefix where starts_with(e.stream, prefix)))`;
  return `
    with found as materialized (${anchor} (
      select e.position from ${s}.kinds_of($5::text[], $6::text[]) kind (id) cross join lateral (
        select e.position from ${s}.events e where e.kind = kind.id and ${range} order by e.${order} limit $3) e
       order by e.${order} limit $3))
    ${upToBytes(order, `select ${entry(shown)} from found join ${s}.entries e using (position)`)}`;
};
