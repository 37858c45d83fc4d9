import type { EventStore, Position } from '@mission-control/event-store';
import pg from 'pg';

/** The rows of each table, each as JSON, in a stable order. */
export type Rows = Readonly<Record<string, readonly string[]>>;

/** The rows of all tables of a schema, or of some. */
export const rowsOf = async (database: string, schema: string, tables?: readonly string[]): Promise<Rows> => {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    const { rows: found } = await client.query<{ name: string }>(
      `select table_name as name from information_schema.tables
        where table_schema = $1 and table_type = 'BASE TABLE' order by 1`,
      [schema],
    );
    const all: Record<string, string[]> = {};
    for (const { name } of found) {
      if (tables && !tables.includes(name)) continue;
      const { rows } = await client.query<{ row: string }>(
        `select to_jsonb(one)::text as row from ${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)} one order by 1`,
      );
      all[name] = rows.map(({ row }) => row);
    }
    return all;
  } finally {
    await client.end();
  }
};

/** The rows with events in place of positions, which differ from one event store to the other. */
export const withoutPositions = async (rows: Rows, store: EventStore): Promise<Rows> => {
  const events = new Map<Position, string>();
  for await (const { position, stream, revision } of store.readAll())
    events.set(position, `${stream}@${revision}`);
  const named = (key: string, value: unknown) =>
    /position$/.test(key) && typeof value === 'number' ? (events.get(BigInt(value)) ?? 'none') : value;
  return Object.fromEntries(
    Object.entries(rows).map(([table, all]) => [
      table,
      all.map((row) => JSON.stringify(JSON.parse(row, named))).sort(),
    ]),
  );
};
