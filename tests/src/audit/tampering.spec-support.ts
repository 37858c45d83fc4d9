import type { EventStoreDbFake } from '@mission-control/testing';
import { Client } from 'pg';

/** What somebody with access to the event store's files does to events. Each resolves to what undoes it. */
export interface Tampering {
  /** Changes the content of the event. */
  readonly alter: (position: bigint) => Promise<() => Promise<void>>;
  readonly remove: (position: bigint) => Promise<() => Promise<void>>;
  readonly exchange: (one: bigint, other: bigint) => Promise<() => Promise<void>>;
  /** Makes an event of a stream that nobody looks at the first one of another stream. */
  readonly insert: (at: bigint, stream: string) => Promise<() => Promise<void>>;
  /** Removes everything after the position. */
  readonly cut: (after: bigint) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** As a superuser of the database. */
export const tamperingWithPostgres = async (url: string): Promise<Tampering> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  const run = (text: string, ...values: unknown[]) =>
    client.query(`set search_path to eventstore`).then(() => client.query(text, values));
  const altered = (text: string) => `update events set data = ${text} where position = $1`;
  const exchange = async (one: bigint, other: bigint) => {
    await run('update events set position = -1 where position = $1', one);
    await run('update events set position = $1 where position = $2', one, other);
    await run('update events set position = $1 where position = -1', other);
  };
  return {
    alter: async (position) => {
      const { rows } = await run('select data::text from events where position = $1', position);
      await run(altered(`replace(data::text, '"entry ', '"Entry ')::json`), position);
      return async () => void (await run(altered('$2::json'), position, rows[0]?.data));
    },
    remove: async (position) => {
      await run('create table if not exists removed (like events)');
      await run('insert into removed select * from events where position = $1', position);
      await run('delete from events where position = $1', position);
      return async () => {
        await run('insert into events select * from removed where position = $1', position);
        await run('drop table removed');
      };
    },
    exchange: async (one, other) => {
      await exchange(one, other);
      return () => exchange(one, other);
    },
    insert: async (at, stream) => {
      const { rows } = await run('select stream, revision, kind from events where position = $1', at);
      const become = 'update events set stream = $2, revision = $3, kind = $4 where position = $1';
      const kind = await run("select id from kinds where category = 'memory-' limit 1");
      await run(become, at, stream, 0, kind.rows[0]?.id);
      return async () => void (await run(become, at, rows[0]?.stream, rows[0]?.revision, rows[0]?.kind));
    },
    cut: async (after) => void (await run('delete from events where position > $1', after)),
    close: () => client.end(),
  };
};

const gone = { readable: false, data: Buffer.alloc(0), metadata: Buffer.alloc(0) };

/** In the memory of the fake server, which is restarted with it. */
export const tamperingWithFake = (fake: EventStoreDbFake): Tampering => {
  type Record = Parameters<Parameters<EventStoreDbFake['alterLog']>[0]>[0];
  /** Changes some records by their positions, and back. */
  const change = async (
    changes: ReadonlyMap<number, (record: Record, all: ReadonlyMap<number, Record>) => Record>,
  ) => {
    const before = new Map<number, Record>();
    await fake.alterLog((record) => {
      before.set(record.position, record);
      return record;
    });
    await fake.alterLog((record) => changes.get(record.position)?.(record, before) ?? record);
    return () =>
      fake.alterLog((record) =>
        changes.has(record.position) ? (before.get(record.position) ?? record) : record,
      );
  };
  return {
    alter: (position) =>
      change(
        new Map([
          [
            Number(position),
            (record) => ({
              ...record,
              data: Buffer.from(Buffer.from(record.data).toString().replace('"entry ', '"Entry ')),
            }),
          ],
        ]),
      ),
    remove: (position) => change(new Map([[Number(position), (record) => ({ ...record, ...gone })]])),
    exchange: (one, other) => {
      const instead = (at: bigint) => (record: Record, all: ReadonlyMap<number, Record>) => {
        const { position, end } = record;
        return { ...(all.get(Number(at)) ?? record), position, end };
      };
      return change(
        new Map([
          [Number(one), instead(other)],
          [Number(other), instead(one)],
        ]),
      );
    },
    insert: (at, stream) => change(new Map([[Number(at), (record) => ({ ...record, stream, revision: 0 })]])),
    cut: (after) => fake.truncateLog(after + 1n),
    close: async () => {},
  };
};
