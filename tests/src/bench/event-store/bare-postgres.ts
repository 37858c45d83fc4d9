import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { sampleEvent } from './events.ts';

/** What Postgres does with the same bytes and nothing else: a table with a key, and one connection. */
export const openBarePostgres = async (url: string) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    'create table if not exists bare (position bigserial primary key, id uuid, stream text, type text, data json, metadata json)',
  );
  const insert = async (rows: number) => {
    const events = Array.from({ length: rows }, sampleEvent);
    await client.query({
      name: 'bare_insert',
      text: `insert into bare (id, stream, type, data, metadata)
             select * from unnest($1::uuid[], $2::text[], $3::text[], $4::json[], $5::json[])`,
      values: [
        events.map(() => randomUUID()),
        events.map(() => 'bench_bare-1'),
        events.map(({ type }) => type),
        events.map(({ data }) => JSON.stringify(data)),
        events.map(({ metadata }) => JSON.stringify(metadata)),
      ],
    });
  };
  return {
    /** Rows per second, with the given number of rows per commit. */
    insertRate: async (amount: number, rowsPerCommit: number): Promise<number> => {
      const startedAt = performance.now();
      for (let done = 0; done < amount; done += rowsPerCommit) await insert(rowsPerCommit);
      return (amount * 1000) / (performance.now() - startedAt);
    },
    /** Rows per second of a keyset scan over the event store's own table. */
    scanRate: async (): Promise<number> => {
      const startedAt = performance.now();
      let position = '0';
      let rows = 0;
      for (;;) {
        const page = await client.query<{ position: string }>({
          name: 'bare_scan',
          text: `select position, id, stream, revision, recorded_at, data::text, metadata::text
                   from eventstore.events where position > $1 order by position limit 1000`,
          values: [position],
        });
        rows += page.rows.length;
        const last = page.rows.at(-1);
        if (!last) return (rows * 1000) / (performance.now() - startedAt);
        position = last.position;
      }
    },
    close: () => client.end(),
  };
};
