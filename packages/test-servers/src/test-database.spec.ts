import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from './test-database.ts';

const ask = async (url: string, sql: string) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

test('each test database is empty and independent', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await ask(one.url, 'create table things (id int)');
  expect(await ask(other.url, `select to_regclass('things') as found`)).toEqual([{ found: null }]);
  await Promise.all([one.drop(), other.drop()]);
});

test('a dropped database is gone, including its sessions', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  const ended = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  await database.drop();
  await ended;
  await expect(ask(database.url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
});

test('hundreds of sessions fit', async () => {
  const database = await createTestDatabase();
  expect(await ask(database.url, 'show max_connections')).toEqual([{ max_connections: '400' }]);
  await database.drop();
});
