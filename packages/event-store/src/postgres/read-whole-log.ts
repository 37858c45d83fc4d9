import type { LogEntry, Position, StreamSettings } from '../port.ts';
import { type EventRow, eventColumns, pageLimits, toRecordedEvent } from './page.ts';
import type { ReadPool } from './read-pool.ts';

interface EntryRow extends EventRow {
  readonly visible: boolean;
  readonly size: number;
}

/** Every row of the log is a page's row here: hidden events have no content and count for no bytes. */
export async function* readWholeLog(
  pool: ReadPool,
  quotedSchema: string,
  from: Position | 'start',
): AsyncGenerator<LogEntry, void> {
  const text = pageQuery(quotedSchema);
  let next = from === 'start' ? 0n : from;
  for (;;) {
    const rows = await pool.query<EntryRow>('whole_log', text, [next, pageLimits.rows, pageLimits.bytes]);
    for (const row of rows) yield toEntry(row);
    const last = rows.at(-1);
    if (last === undefined) return;
    next = BigInt(last.position);
  }
}

const toEntry = (row: EntryRow): LogEntry =>
  row.visible
    ? { kind: 'visible', event: toRecordedEvent(row) }
    : {
        kind: 'hidden',
        stream: row.stream,
        revision: Number(row.revision),
        position: BigInt(row.position),
      };

const contents = ['data', 'metadata'];
const columns = eventColumns
  .split(', ')
  .map((column) => (contents.includes(column) ? `case when visible then ${column} end as ${column}` : column))
  .join(', ');

const pageQuery = (s: string): string => `
  select ${columns}, visible, size from (
    select page.*, sum(case when visible then size else 0 end) over (order by position rows unbounded preceding)
                   - case when visible then size else 0 end as before
      from (select * from ${s}.entries where position > $1::bigint order by position limit $2) page) page
   where before < $3::bigint order by position`;

interface SettingsRow {
  readonly stream: string;
  readonly max_count: string | null;
  readonly max_age_seconds: number | null;
  readonly truncate_before: string;
  readonly tombstoned: boolean;
}

const settingsAtOnce = 1_000;

export async function* readStreamSettings(
  pool: ReadPool,
  quotedSchema: string,
): AsyncGenerator<StreamSettings, void> {
  const text = `select stream, max_count, max_age_seconds, truncate_before, tombstoned
                  from ${quotedSchema}.stream_settings where stream > $1 order by stream limit $2`;
  for (let after = ''; ; ) {
    const rows = await pool.query<SettingsRow>('stream_settings', text, [after, settingsAtOnce]);
    for (const row of rows) yield toSettings(row);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.stream;
  }
}

const toSettings = (row: SettingsRow): StreamSettings => {
  const truncateBefore = Number(row.truncate_before);
  return {
    stream: row.stream,
    tombstoned: row.tombstoned,
    metadata: {
      ...(row.max_count !== null && { maxCount: Number(row.max_count) }),
      ...(row.max_age_seconds !== null && { maxAgeSeconds: row.max_age_seconds }),
      ...(truncateBefore > 0 && { truncateBefore }),
    },
  };
};
