import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
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

const fill = async (stream: string, count: number): Promise<void> => {
  const events = Array.from({ length: count }, (_, number) => ({
    id: crypto.randomUUID(),
    type: 'Filled',
    data: { number, text: 'personal' },
    metadata: {},
  }));
  await store.append(stream, 'any', events);
};

/** Revisions that still have content in the table, whether visible or not. */
const withContent = async (stream: string): Promise<number[]> => {
  const { rows } = await admin.query<{ revision: string }>(
    `select revision from eventstore.events where stream = $1 and (data is not null or metadata is not null or size > 0) order by revision`,
    [stream],
  );
  return rows.map(({ revision }) => Number(revision));
};

const erased = (stream: string, left: readonly number[]) =>
  waitFor(async () => JSON.stringify(await withContent(stream)) === JSON.stringify(left));

test('the content of a tombstoned stream is erased in steps, and its positions stay', async () => {
  await fill('conformance-gone', 1_300);
  await fill('conformance-kept', 2);
  await store.tombstone('conformance-gone');
  await erased('conformance-gone', []);
  expect(await withContent('conformance-kept')).toEqual([0, 1]);
  const { rows } = await admin.query(
    'select count(*)::integer as positions, max(position)::integer as last from eventstore.events',
  );
  expect(rows).toEqual([{ positions: 1_302, last: 1_302 }]);
});

test('events hidden by truncateBefore and maxCount are erased, including those hidden later', async () => {
  await fill('conformance-1', 6);
  await store.setStreamMetadata('conformance-1', { truncateBefore: 2 });
  await erased('conformance-1', [2, 3, 4, 5]);
  await store.setStreamMetadata('conformance-1', { maxCount: 1 });
  await erased('conformance-1', [5]);
});

test('the next process to open the log erases what another one left and what age and count have hidden since', async () => {
  await store.setStreamMetadata('conformance-counted', { maxCount: 2 });
  await store.setStreamMetadata('conformance-aged', { maxAgeSeconds: 60 });
  await fill('conformance-counted', 5);
  await fill('conformance-aged', 3);
  await fill('conformance-left', 3);
  // Also stops this store's eraser.
  await store.close();
  await admin.query(
    `update eventstore.events set recorded_at = recorded_at - interval '1 hour' where stream = 'conformance-aged' and revision < 2`,
  );
  await admin.query(`select eventstore.tombstone('conformance-left')`);
  expect(await withContent('conformance-left')).toEqual([0, 1, 2]);
  const next = await openEventStore(database.url);
  await erased('conformance-left', []);
  await erased('conformance-counted', [3, 4]);
  await erased('conformance-aged', [2]);
  await next.close();
});

test('a stream is erased once: finished streams are not listed again', async () => {
  await fill('conformance-1', 3);
  await store.tombstone('conformance-1');
  await store.tombstone('conformance-absent');
  await erased('conformance-1', []);
  await waitFor(async () => (await admin.query(`select from eventstore.to_erase('', 10)`)).rowCount === 0);
});

test('appends to an erased stream still detect repeats and conflicts', async () => {
  const event = { id: crypto.randomUUID(), type: 'Filled', data: {}, metadata: {} };
  const first = await store.append('conformance-1', 'no_stream', [event]);
  await fill('conformance-1', 3);
  await store.setStreamMetadata('conformance-1', { truncateBefore: 4 });
  await erased('conformance-1', []);
  expect(await store.append('conformance-1', 'no_stream', [event])).toEqual(first);
  expect(await store.append('conformance-1', 0, [event])).toMatchObject({ ok: false, actual: 3 });
});
