import type { ReadStreamOptions, RecordedEvent } from '../port.ts';
import { type EventRow, eventColumns, pageLimits, toRecordedEvent } from './page.ts';
import type { ReadPool } from './read-pool.ts';

interface StreamRow extends EventRow {
  readonly visible: boolean;
  readonly size: number;
}

/** The index skips hidden events before the first kept one. Other hidden events are rows without content. */
export async function* readStream(
  pool: ReadPool,
  quotedSchema: string,
  stream: string,
  { direction = 'forwards', limit = Number.POSITIVE_INFINITY, from }: ReadStreamOptions,
): AsyncGenerator<RecordedEvent, void> {
  const text = pageQuery(quotedSchema, direction);
  let next: string | number = from ?? (direction === 'forwards' ? 0 : '9223372036854775807');
  let left = limit;
  while (left > 0) {
    const wanted = Math.min(pageLimits.rows, left);
    const rows = await pool.query<StreamRow>(`stream_${direction}`, text, [
      stream,
      next,
      wanted,
      pageLimits.bytes,
    ]);
    for (const row of rows) {
      if (!row.visible) continue;
      yield toRecordedEvent(row);
      left -= 1;
    }
    const last = rows.at(-1);
    const bytes = rows.reduce((sum, row) => sum + row.size, 0);
    if (last === undefined || (rows.length < wanted && bytes < pageLimits.bytes)) return;
    next = Number(last.revision) + (direction === 'forwards' ? 1 : -1);
  }
}

export const readEvent = async (
  pool: ReadPool,
  quotedSchema: string,
  stream: string,
  revision: number,
): Promise<RecordedEvent | 'gone'> => {
  const text = `select ${eventColumns} from ${quotedSchema}.entries where stream = $1 and revision = $2 and visible`;
  const [row] = await pool.query<EventRow>('event', text, [stream, revision]);
  return row === undefined ? 'gone' : toRecordedEvent(row);
};

const pageQuery = (s: string, direction: 'forwards' | 'backwards'): string => {
  const forwards = direction === 'forwards';
  const start = forwards
    ? `revision >= greatest($2::bigint, ${s}.first_kept($1))`
    : `revision <= $2::bigint and revision >= ${s}.first_kept($1)`;
  const order = forwards ? 'revision' : 'revision desc';
  return `
    select position, id, stream, revision, type, recorded_at, visible, size,
           case when visible then data end as data, case when visible then metadata end as metadata
      from (select page.*, sum(size) over (order by ${order} rows unbounded preceding) - size as before
              from (select * from ${s}.entries where stream = $1 and ${start} order by ${order} limit $3) page) page
     where before < $4::bigint order by ${order}`;
};
