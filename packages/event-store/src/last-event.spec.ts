import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EventStore, lastEvent, openEventStore } from './index.ts';

let database: TestDatabase;
let store: EventStore;

const append = (stream: string, types: readonly string[]) =>
  store.append(
    stream,
    'any',
    types.map((type) => ({ id: randomUUID(), type, data: {}, metadata: {} })),
  );

beforeAll(async () => {
  database = await createTestDatabase();
  store = await openEventStore(database.url);
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

it.each([0, 1, 3, 4, 5, 19, 20, 21, 100])(
  'finds the last event of a type behind %i others',
  async (others) => {
    const stream = `test-${randomUUID()}`;
    await append(stream, ['Wanted', 'Wanted', ...Array.from({ length: others }, () => 'Other')]);
    expect(await lastEvent(store, stream, 'Wanted')).toMatchObject({ type: 'Wanted', revision: 1 });
    expect(await lastEvent(store, stream)).toMatchObject({ revision: 1 + others });
    expect(await lastEvent(store, stream, 'Unknown')).toBeUndefined();
  },
);

it('finds nothing in a stream without events', async () => {
  expect(await lastEvent(store, 'test-empty')).toBeUndefined();
  expect(await lastEvent(store, 'test-empty', 'Wanted')).toBeUndefined();
});
