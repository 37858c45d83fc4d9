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

/** Terminates all backends, and resolves to their number once they are gone. */
const terminateAll = async (): Promise<number> => {
  const { rowCount } = await admin.query(
    `select pg_terminate_backend(pid, 60000) from pg_stat_activity where application_name = 'victim'`,
  );
  return rowCount ?? 0;
};

/** Waits until there are backends first. */
const terminate = (): Promise<number> => waitFor(terminateAll);

const events = (count: number) =>
  Array.from({ length: count }, () => ({
    id: crypto.randomUUID(),
    type: 'Followed',
    data: {},
    metadata: {},
  }));

test('a subscription whose backends are terminated loses and repeats nothing, and receives new events again', async () => {
  const writer = await openEventStore(database.url);
  for (let round = 0; round < 5; round += 1) await writer.append('conformance-1', 'any', events(500));
  const seen: RecordedEvent[] = [];
  const stop = new AbortController();
  let terminated = 0;
  let wanted = 2_500;
  const idleRounds: Promise<void>[] = [];
  const idleRound = async (): Promise<void> => {
    // The next event must arrive over new connections.
    terminated += await terminate();
    await writer.append('conformance-1', 'any', events(50));
  };
  for await (const message of store.subscribeToAll({ from: 'start', signal: stop.signal })) {
    if (message.kind === 'event') {
      seen.push(message.event);
      if (seen.length % 400 === 1) terminated += await terminateAll();
    }
    if (message.kind !== 'caught_up' || seen.length < wanted) continue;
    wanted += 50;
    if (wanted > 2_700) stop.abort();
    else idleRounds.push(idleRound());
  }
  await Promise.all(idleRounds);
  expect(terminated).toBeGreaterThan(3);
  const all = await Array.fromAsync(writer.readAll());
  expect(seen.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
  await writer.close();
});

test('an append after its idle connection was terminated uses a new one', async () => {
  for (let round = 0; round < 3; round += 1) {
    expect(await store.append('conformance-2', 'any', events(1))).toMatchObject({
      ok: true,
      revision: round,
    });
    await terminate();
    // The server's termination message has arrived; this process handles it in the next turns of its event loop.
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
});
