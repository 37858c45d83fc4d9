import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEventStore } from '../open.ts';
import type { EventStore, RecordedEvent } from '../port.ts';

let database: TestDatabase;
let admin: Client;
let store: EventStore;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  store = await openEventStore(database.url, { name: 'victim' });
});

afterAll(async () => {
  await store.close();
  await admin.end();
  await database.drop();
});

/** Waits until there are backends, and resolves to how many there were once they are gone. */
const terminate = (): Promise<number> =>
  waitFor(async () => {
    const { rowCount } = await admin.query(
      `select pg_terminate_backend(pid, 60000) from pg_stat_activity where application_name = 'victim'`,
    );
    return rowCount ?? 0;
  });

const events = (count: number) =>
  Array.from({ length: count }, () => ({
    id: crypto.randomUUID(),
    type: 'Followed',
    data: {},
    metadata: {},
  }));

test('backends terminated in mid-subscription lose nothing and repeat nothing, and the log is heard again', async () => {
  const writer = await openEventStore(database.url);
  for (let round = 0; round < 5; round += 1) await writer.append('conformance-1', 'any', events(500));
  const seen: RecordedEvent[] = [];
  const stop = new AbortController();
  let terminated = 0;
  for await (const message of store.subscribeToAll({ from: 'start', signal: stop.signal })) {
    if (message.kind === 'event') {
      seen.push(message.event);
      if (seen.length % 400 === 1) terminated += await terminate();
    }
    if (message.kind === 'caught_up' && seen.length >= 2_600) stop.abort();
    else if (message.kind === 'caught_up') {
      // Idle now: the next event has to find its way over new connections.
      terminated += await terminate();
      await writer.append('conformance-1', 'any', events(50));
    }
  }
  expect(terminated).toBeGreaterThan(5);
  const all = await Array.fromAsync(writer.readAll());
  expect(seen.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
  await writer.close();
});

test('an append after its idle connection was terminated goes over a new one', async () => {
  for (let round = 0; round < 3; round += 1) {
    expect(await store.append('conformance-2', 'any', events(1))).toMatchObject({
      ok: true,
      revision: round,
    });
    await terminate();
    // The server's farewell has arrived; this process takes it in with the next turns of its loop.
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
});
