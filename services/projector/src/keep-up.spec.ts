import { type EventStore, openEventStore } from '@mission-control/event-store';
import { ProjectionRunner } from '@mission-control/projections';
import { migrateReadModels, openReadModels, projections } from '@mission-control/read-models';
import { createLog } from '@mission-control/runtime';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepUp } from './keep-up.ts';

const [configuration] = projections;

let database: TestDatabase;
let store: EventStore;
let models: ReturnType<typeof openReadModels>;
beforeEach(async () => {
  database = await createTestDatabase();
  await migrateReadModels(database.url);
  store = await openEventStore(database.url);
  models = openReadModels(database.url, { timeouts: 'batches' });
});
afterEach(async () => {
  await store.close();
  await models.close();
  await database.drop();
});

const start = () => {
  const lines: string[] = [];
  const log = createLog(
    'projector',
    { level: 'info', format: 'json' },
    { write: (line) => lines.push(line) },
  );
  const stopping = new AbortController();
  const runner = new ProjectionRunner({ projection: configuration, db: models.db, store });
  const kept = keepUp(runner, { db: models.db, signal: stopping.signal, log });
  return {
    runner,
    lines,
    stop: async () => {
      stopping.abort();
      await kept;
    },
  };
};

const append = () =>
  store.append('board-1', 'any', [
    {
      id: crypto.randomUUID(),
      type: 'BoardDeleted',
      data: { boardId: crypto.randomUUID() },
      metadata: {
        schemaVersion: 1,
        occurredAt: new Date().toISOString(),
        actor: { kind: 'admin', id: 'test' },
        correlationId: 'test',
        causationId: null,
      },
    },
  ]);

it('stands by while a newer process runs the projection, and takes over when that one stops', async () => {
  const older = start();
  await waitFor(() => older.runner.state.status === 'live');
  const newer = start();
  await waitFor(() => newer.runner.state.status === 'live');
  await append();
  await waitFor(() => older.lines.some((line) => line.includes('Standing by')));
  expect(() => older.runner.check()).not.toThrow();
  expect(() => newer.runner.check()).not.toThrow();

  await newer.stop();
  await waitFor(() => older.runner.state.status === 'live');
  await append();
  await waitFor(() => older.runner.applied === 1);
  await older.stop();
});

it('retries after a failure, and is not ready meanwhile', async () => {
  await store.append('board-1', 'any', [
    { id: crypto.randomUUID(), type: 'BoardDeleted', data: {}, metadata: {} },
  ]);
  const { runner, lines, stop } = start();
  await waitFor(() => lines.filter((line) => line.includes('restarting it')).length >= 2);
  await waitFor(() => runner.state.status === 'stopped');
  expect(() => runner.check()).toThrow('Projection configuration stopped at event');
  await stop();
});
