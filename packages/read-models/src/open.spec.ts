import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openReadModels } from './open.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it('survives the loss of a connection in the middle of a transaction', async () => {
  const { db, close } = openReadModels(database.url);
  const lost = db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
    await sql`select pg_terminate_backend(${rows[0]?.pid}, 60000)`.execute(db);
    await sql`select 1`.execute(tx);
  });
  await expect(lost).rejects.toThrow();
  await expect(sql`select 1`.execute(db)).resolves.toBeDefined();
  await close();
});

it('returns large numbers, times and JSON exactly', async () => {
  const { db, close } = openReadModels(database.url);
  const { rows } = await sql`
    select 9007199254740993::bigint as int8, 18446744073709551615::numeric(20) as position,
           '2026-03-05 14:00:00.123+02'::timestamptz as time, '{"n":1.10}'::json::text as text,
           null::timestamptz as never`.execute(db);
  expect(rows).toEqual([
    {
      int8: 9007199254740993n,
      position: 18446744073709551615n,
      time: '2026-03-05T12:00:00.123Z',
      text: '{"n":1.10}',
      never: null,
    },
  ]);
  await close();
});

it('ends statements that take too long, and waits for the disk except in batches', async () => {
  const settings = async (timeouts: 'queries' | 'batches') => {
    const { db, close } = openReadModels(database.url, { timeouts });
    const { rows } = await sql`
      select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
             current_setting('idle_in_transaction_session_timeout') as idle,
             current_setting('synchronous_commit') as synchronous_commit`.execute(db);
    await close();
    return rows[0];
  };
  expect(await settings('queries')).toMatchObject({ statement: '15s', lock: '10s', idle: '30s' });
  expect(await settings('batches')).toEqual({
    statement: '1min',
    lock: '10s',
    idle: '1min',
    synchronous_commit: 'off',
  });
});
