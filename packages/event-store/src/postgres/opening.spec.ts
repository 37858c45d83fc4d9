import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventStoreAccessDenied, EventStoreUnavailable, EventStoreUnsupported } from '../errors.ts';
import { openEventStore } from '../open.ts';
import { appending } from './migrations/appending.ts';
import { appendingOne } from './migrations/appending-one.ts';
import { bareAnnouncement } from './migrations/locking.ts';
import { connectTimeoutMs, parsePostgresUrl } from './settings.ts';

let database: TestDatabase;
let admin: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.url });
  await admin.connect();
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

const changed = (change: (url: URL) => void): string => {
  const url = new URL(database.url);
  change(url);
  return url.href;
};

const inSchema = (schema: string): string => changed((url) => url.searchParams.set('schema', schema));

test('many clients that open a new log at once create one log', async () => {
  const stores = await Promise.all(Array.from({ length: 12 }, () => openEventStore(inSchema('at_once'))));
  await Promise.all(
    stores.map((store) =>
      store.append('conformance-1', 'any', [
        { id: crypto.randomUUID(), type: 'Opened', data: {}, metadata: {} },
      ]),
    ),
  );
  const heads = await Promise.all(stores.map((store) => store.head()));
  expect(new Set(heads.map((head) => `${head?.incarnation} ${head?.eventId}`)).size).toBe(1);
  const { rows } = await admin.query('select version from at_once.migrations');
  expect(rows.map(({ version }) => version)).toEqual([1]);
  await Promise.all(stores.map((store) => store.close()));
});

test('without a schema in the URL, the log is in the schema eventstore', async () => {
  const store = await openEventStore(database.url);
  await store.close();
  const { rows } = await admin.query(`select to_regclass('eventstore.events') is not null as there`);
  expect(rows).toEqual([{ there: true }]);
});

test('a schema that a newer program has changed is rejected', async () => {
  await (await openEventStore(inSchema('newer'))).close();
  await admin.query('insert into newer.migrations (version) values (1000)');
  await expect(openEventStore(inSchema('newer'))).rejects.toThrow(/version 1000.*run a newer release/);
});

test('notifications name what was appended; a log of an older release, which named nothing, is changed to do so and works meanwhile', async () => {
  const store = await openEventStore(inSchema('told'));
  const heard: string[] = [];
  await admin.query('listen told_appended');
  admin.on('notification', ({ payload = '' }) => heard.push(payload));
  const event = (type: string) => ({ id: crypto.randomUUID(), type, data: {}, metadata: {} });
  const [one, two, three] = [event('One'), event('Two'), event('One')];
  await store.append('told-1', 'no_stream', [one]);
  await store.append('told-1', 0, [two, three]);
  await store.append('told-1', 0, [two, three]);
  const four = event('Two');
  await store.append('told-1', 2, [four]);
  await waitFor(() => heard.length === 3);
  const { rows } = await admin.query('select id from told.kinds order by type');
  const [kindOne, kindTwo] = rows.map(({ id }) => id);
  expect(heard).toEqual([
    `1,1,${one.id},${kindOne}`,
    `2,3,${three.id},${kindOne}.${kindTwo}`,
    `4,4,${four.id},${kindTwo}`,
  ]);

  const bare = bareAnnouncement('told_appended');
  const replace = { ...bare, create: 'create or replace function' } as const;
  await admin.query(
    `${appending('told', replace)} ${appendingOne('told', replace)} drop table told.compatible_migrations`,
  );
  const stop = new AbortController();
  const ids: string[] = [];
  for await (const message of store.subscribeToAll({ from: 'start', signal: stop.signal })) {
    if (message.kind === 'event') ids.push(message.event.id);
    if (message.kind !== 'caught_up') continue;
    if (ids.length === 4) await store.append('told-1', 3, [event('One')]);
    if (ids.length === 5) await store.append('told-1', 4, [event('Three'), event('Two')]);
    if (ids.length === 7) stop.abort();
  }
  expect(heard.slice(3)).toEqual(['', '']);
  await (await openEventStore(inSchema('told'))).close();
  await store.append('told-1', 6, [event('Four')]);
  await waitFor(() => heard.length === 6);
  expect(heard.at(-1)).toMatch(/^8,8,/);
  await store.close();
});

test('without lz4, an event of 3 KB is stored in one piece, also in a log of an older release once that is opened', async () => {
  const event = () => ({
    id: crypto.randomUUID(),
    type: 'Stored',
    data: { text: randomBytes(2_250).toString('base64') },
    metadata: {},
  });
  const pieces = async (): Promise<number> => {
    const { rows } = await admin.query<{ pieces: string }>(
      `select pg_relation_size(reltoastrelid) as pieces from pg_class where oid = 'stored.events'::regclass`,
    );
    return Number(rows[0]?.pieces);
  };
  const [one, two] = [event(), event()];
  const store = await openEventStore(inSchema('stored'));
  // As an older release left it, on a server without lz4.
  await admin.query(
    `alter table stored.events reset (toast_tuple_target), alter column data set compression pglz;
     delete from stored.compatible_migrations where version = 2`,
  );
  await store.append('stored-1', 'no_stream', [one]);
  const before = await pieces();
  expect(before).toBeGreaterThan(0);
  await (await openEventStore(inSchema('stored'))).close();
  await store.append('stored-1', 0, [two]);
  expect(await pieces()).toBe(before);
  const read = await Array.fromAsync(store.readStream('stored-1'));
  expect(read.map(({ data }) => data)).toEqual([one.data, two.data]);
  await store.close();
});

test('a role that may use the log but not change the schema can open and use it', async () => {
  await (await openEventStore(inSchema('limited'))).close();
  const role = `limited_${crypto.randomUUID().slice(0, 8)}`;
  await admin.query(`create role ${role} login password 'secret'`);
  const url = changed((as) => {
    as.username = role;
    as.password = 'secret';
    as.searchParams.set('schema', 'limited');
  });
  await expect(openEventStore(url)).rejects.toBeInstanceOf(EventStoreAccessDenied);
  await admin.query(`grant usage on schema limited to ${role}; grant select on all tables in schema limited to ${role};
    grant insert, update on limited.events, limited.kinds, limited.stream_settings to ${role}`);
  const store = await openEventStore(url);
  const event = { id: crypto.randomUUID(), type: 'Allowed', data: {}, metadata: {} };
  expect(await store.append('conformance-1', 'no_stream', [event])).toMatchObject({ ok: true });
  await store.tombstone('conformance-1');
  await store.close();
  // As after an upgrade, before the role is granted the new table.
  await admin.query(`revoke select on limited.compatible_migrations from ${role}`);
  await (await openEventStore(url)).close();
  await admin.query(`drop owned by ${role}; drop role ${role}`);
});

test.each([
  ['a wrong password', { password: 'wrong' }, EventStoreAccessDenied, /password authentication failed/],
  ['an unknown role', { username: 'nobody_at_all' }, EventStoreAccessDenied, /nobody_at_all/],
  ['an unknown database', { pathname: '/not_there' }, EventStoreUnsupported, /"not_there" does not exist/],
  ['a port where nothing listens', { port: '1' }, EventStoreUnavailable, /ECONNREFUSED/],
  ['an unusable schema', { search: '?schema=Drop%20Table' }, EventStoreUnsupported, /"Drop Table"/],
  ['an invalid connect_timeout', { search: '?connect_timeout=soon' }, EventStoreUnsupported, /"soon"/],
  ['another scheme', { protocol: 'mysql:' }, EventStoreUnsupported, /postgres:\/\//],
])('reports %s', async (_, change, type, message) => {
  const url = new URL(changed((to) => Object.assign(to, change)));
  const error = await openEventStore(url.href).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(type);
  expect(String(error)).toMatch(message);
  expect(String(error)).not.toContain(`:${url.password}@`);
});

test('reports an address that is not a URL', async () => {
  await expect(openEventStore('localhost:5432')).rejects.toBeInstanceOf(EventStoreUnsupported);
  await expect(openEventStore('postgres://')).rejects.toBeInstanceOf(EventStoreUnsupported);
});

test('a database with another encoding is rejected', async () => {
  await admin.query(`create database latin_one encoding latin1 locale 'C' template template0`);
  await expect(
    openEventStore(changed((url) => Object.assign(url, { pathname: '/latin_one' }))),
  ).rejects.toThrow(/encoding UTF8, not LATIN1/);
  await admin.query('drop database latin_one with (force)');
});

test.each([
  ['postgres://host/database', 5_000],
  ['postgres://host/database?schema=log&connect_timeout=120', 120_000],
  ['postgresql://host/database?connect_timeout=1&sslmode=disable', 1_000],
])('%s sets a connect timeout of %i ms', (url, milliseconds) => {
  expect(connectTimeoutMs(url)).toBe(milliseconds);
  expect(parsePostgresUrl(url, 'spec').client).toMatchObject({ connectionTimeoutMillis: milliseconds });
});

test.each(['', '0', '-1', '1.5', '5s', '1e3', '9999999'])('connect_timeout=%s is rejected', (seconds) => {
  expect(() => connectTimeoutMs(`postgres://host/database?connect_timeout=${seconds}`)).toThrow(
    EventStoreUnsupported,
  );
});
