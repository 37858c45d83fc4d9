import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { EventStoreUnavailable, EventTooLarge } from '../errors.ts';
import { openEventStore } from '../open.ts';
import type { EventStore } from '../port.ts';

let database: TestDatabase;
let admin: Client;
let store: EventStore;

beforeEach(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  store = await openEventStore(database.url);
});

afterEach(async () => {
  await store.close();
  await admin.end();
  await database.drop();
});

const event = (data: unknown = {}) => ({ id: crypto.randomUUID(), type: 'Appended', data, metadata: {} });

const takeLock = async (): Promise<void> => {
  await admin.query('begin');
  await admin.query(`select pg_advisory_xact_lock(1835229047, 'eventstore.events'::regclass::oid::integer)`);
};

const waitingForLock = async (): Promise<number> => {
  const { rows } = await admin.query<{ waiting: number }>(
    `select count(*)::integer as waiting from pg_locks where locktype = 'advisory' and not granted and classid = 1835229047
       and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows[0]?.waiting ?? 0;
};

test('a process stopped while its append waits in the server blocks no other process, and its append is stored', async () => {
  const program = `
    const { openEventStore } = await import(${JSON.stringify(new URL('../open.ts', import.meta.url).href)});
    const store = await openEventStore(${JSON.stringify(database.url)});
    console.log('open');
    await store.append('conformance-stopped', 'any', [{ id: crypto.randomUUID(), type: 'Appended', data: {}, metadata: {} }]);
    console.log('appended');
    await store.close();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, 'exit');
  // Makes the event type known to the log.
  await store.append('conformance-other', 'any', [event()]);
  await lines.next();
  await takeLock();
  await waitFor(async () => (await waitingForLock()) === 1);
  child.kill('SIGSTOP');
  await admin.query('commit');

  for (let number = 0; number < 5; number += 1) await store.append('conformance-other', 'any', [event()]);
  expect(await store.readEvent('conformance-stopped', 0)).not.toBe('gone');

  child.kill('SIGCONT');
  expect((await lines.next()).value).toBe('appended');
  await exited;
});

test('an append that waits too long for the log is rejected with a known outcome', async () => {
  await store.append('conformance-1', 'any', [event()]);
  await takeLock();
  const refused = await Promise.allSettled([
    store.append('conformance-1', 'any', [event()]),
    store.append('conformance-1', 'any', [event()]),
  ]);
  await admin.query('rollback');
  for (const result of refused) {
    const error = result.status === 'rejected' ? result.reason : undefined;
    expect(error).toBeInstanceOf(EventStoreUnavailable);
    expect(error.outcomeUnknown).toBe(false);
  }
  expect(await store.append('conformance-1', 0, [event()])).toMatchObject({ ok: true, revision: 1 });
});

test('an event that the server cannot store fails alone, and events sent with it are stored', async () => {
  const name = new URL(database.url).pathname.slice(1);
  await admin.query(`alter database ${name} set max_stack_depth = '100kB'`);
  const limited = await openEventStore(database.url);
  let nested: unknown = 0;
  for (let level = 0; level < 2_000; level += 1) nested = [nested];
  const results = await Promise.allSettled(
    [event(1), event(2), event(nested), event(3)].map((one) => limited.append('conformance-1', 'any', [one])),
  );
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(results[2]).toMatchObject({ reason: expect.any(EventTooLarge) });
  const stored = await Array.fromAsync(limited.readStream('conformance-1'));
  expect(stored.map(({ data }) => data)).toEqual([1, 2, 3]);
  await limited.close();
});

test('an append that may wait is stored in one transaction with the next one, and so wakes readers up once', async () => {
  const heard: string[] = [];
  await admin.query('listen eventstore_appended');
  admin.on('notification', ({ payload = '' }) => heard.push(payload));
  const waiting = store.append('conformance-1', 'no_stream', [event()], { patienceMs: 60_000 });
  await store.append('conformance-2', 'no_stream', [event()]);
  expect(await waiting).toMatchObject({ ok: true });
  const { rows } = await admin.query('select distinct xmin from eventstore.events');
  expect(rows).toHaveLength(1);
  expect(heard).toHaveLength(1);
});

test('a read-only server is reported as such, and appends succeed when it accepts writes again', async () => {
  const name = new URL(database.url).pathname.slice(1);
  await admin.query(`alter database ${name} set default_transaction_read_only = on`);
  const readOnly = await openEventStore(database.url);
  const error = await readOnly.append('conformance-1', 'any', [event()]).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(EventStoreUnavailable);
  expect(error).toMatchObject({ outcomeUnknown: false, message: expect.stringContaining('read-only') });
  await admin.query(`alter database ${name} reset default_transaction_read_only`);
  expect(await readOnly.append('conformance-1', 'any', [event()])).toMatchObject({ ok: true });
  await readOnly.close();
});

test('appends are flushed to disk regardless of the configured defaults', async () => {
  const name = new URL(database.url).pathname.slice(1);
  await admin.query(`alter database ${name} set synchronous_commit = off`);
  await admin.query(`alter database ${name} set default_transaction_isolation = 'serializable'`);
  const careless = await openEventStore(database.url);
  // Records the settings that are in force within the append.
  await admin.query(`create function eventstore.tell() returns trigger language plpgsql as $$ begin
    new.metadata := json_build_object('commit', current_setting('synchronous_commit'), 'isolation', current_setting('transaction_isolation'));
    return new; end $$`);
  await admin.query(
    'create trigger tell before insert on eventstore.events for each row execute function eventstore.tell()',
  );
  await careless.append('conformance-1', 'any', [event()]);
  expect(await careless.readEvent('conformance-1', 0)).toMatchObject({
    metadata: { commit: 'on', isolation: 'read committed' },
  });
  await careless.close();
});
