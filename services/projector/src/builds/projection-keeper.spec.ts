import { aggregates, decideOn, loadAggregate } from '@mission-control/aggregates';
import { asEvent, type Fact, newRandomId, streams } from '@mission-control/contracts';
import { decideCancelRebuild, decideRebuild } from '@mission-control/domain';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { listBuilds, type Projection, waitForProjections } from '@mission-control/projections';
import {
  migrateReadModels,
  openReadModels,
  projections,
  type ReadModels,
} from '@mission-control/read-models';
import { createLog } from '@mission-control/runtime';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KeeperOptions, ProjectionKeeper } from './projection-keeper.ts';
import { followRebuildFacts } from './rebuild-facts.ts';

const [configuration] = projections;

let database: TestDatabase;
let store: EventStore;
let models: ReturnType<typeof openReadModels>;
let kept: { stop: () => Promise<void> }[];
beforeEach(async () => {
  database = await createTestDatabase();
  await migrateReadModels(database.url);
  store = await openEventStore(database.url);
  models = openReadModels(database.url, { timeouts: 'batches' });
  kept = [];
});
afterEach(async () => {
  await Promise.all(kept.map(({ stop }) => stop()));
  await store.close();
  await models.close();
  await database.drop();
});

const start = (given: Partial<KeeperOptions> = {}) => {
  const lines: string[] = [];
  const log = createLog(
    'projector',
    { level: 'info', format: 'json' },
    { write: (line) => lines.push(line) },
  );
  const stopping = new AbortController();
  const { signal } = stopping;
  const keeper = new ProjectionKeeper({
    projection: configuration,
    db: models.db,
    open: (schema) => openReadModels(database.url, { timeouts: 'batches', schema, connections: 2 }),
    store,
    log,
    rebuildOnStart: true,
    graceSeconds: 3_600,
    ...given,
  });
  const running = Promise.all([keeper.run(signal), followRebuildFacts(store, () => keeper.poke(), signal)]);
  const one = {
    keeper,
    lines,
    isLive: () => keeper.live?.runner.state.status === 'live',
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
  kept.push(one);
  return one;
};

const context = {
  occurredAt: new Date().toISOString(),
  actor: { kind: 'admin', id: 'test' },
  correlationId: 'test',
  causationId: null,
} as const;

const append = async (fact: Fact, stream: string): Promise<bigint> => {
  const result = await store.append(stream, 'any', [asEvent(fact, context)]);
  if (!result.ok) throw new Error(result.reason);
  return result.position;
};
const createBoard = (name: string): Promise<bigint> => {
  const boardId = newRandomId();
  return append(
    {
      type: 'BoardCreated',
      data: { boardId, name, slug: name.toLowerCase(), description: '', gatewayId: null },
    },
    streams.board(boardId),
  );
};
const applied = async (position: bigint) =>
  expect(await waitForProjections(models.db, ['configuration'], position, 60_000)).toBe('reached');

const request = (cause: 'request' | 'version' = 'request') =>
  decideOn(store, aggregates.rebuilds, 'configuration', context, (state) =>
    decideRebuild(state, 'configuration', cause, 1),
  );
const cancel = () =>
  decideOn(store, aggregates.rebuilds, 'configuration', context, (state) =>
    decideCancelRebuild(state, 'configuration'),
  );
const rebuilds = async () => (await loadAggregate(store, aggregates.rebuilds, 'configuration')).state;
const states = async () =>
  (await listBuilds(models.db, ['configuration'])).map(({ build, state }) => `${build} ${state}`);
const becomes = (...expected: string[]) => waitFor(async () => (await states()).join() === expected.join());
const namesOf = async (schema: string): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.id(schema, 'boards')} order by position`.execute(models.db);
  return rows.map(({ name }) => name);
};

/** The projection as a later release has it: names in capitals. */
const corrected: Projection<ReadModels, 'configuration'> = {
  ...configuration,
  version: configuration.version + 1,
  apply: (tx, events) =>
    configuration.apply(
      tx,
      events.map((event) =>
        event.type === 'BoardCreated'
          ? { ...event, data: { ...event.data, name: event.data.name.toUpperCase() } }
          : event,
      ),
    ),
};
/** A projection that does not get past the first event. */
const held: Projection<ReadModels, 'configuration'> = {
  ...corrected,
  apply: async () => {
    throw new Error('not yet');
  },
};

describe('two processes', () => {
  it('the older one stands by while the newer one runs the projection, and takes over when that one stops', async () => {
    const older = start();
    await waitFor(older.isLive);
    const newer = start();
    await waitFor(newer.isLive);
    await createBoard('A');
    await waitFor(() => older.lines.some((line) => line.includes('Standing by')));
    expect(() => older.keeper.check()).not.toThrow();
    expect(() => newer.keeper.check()).not.toThrow();

    await newer.stop();
    await waitFor(older.isLive);
    await createBoard('B');
    await waitFor(() => older.keeper.applied === 1);
  });

  it('fill a build once, and switch to it once', async () => {
    const both = [start(), start()];
    await waitFor(() => both.some(({ isLive }) => isLive()));
    await applied(await createBoard('A'));
    await request();
    await becomes('1 retired', '2 live');
    await applied(await createBoard('B'));
    expect(await namesOf('public-configuration-2')).toEqual(['A', 'B']);
    expect(await rebuilds()).toEqual({ running: null, newest: 2, live: 2 });
  });
});

it('retries after a failure, and is not ready meanwhile', async () => {
  await store.append('board-1', 'any', [
    { id: crypto.randomUUID(), type: 'BoardDeleted', data: {}, metadata: {} },
  ]);
  const { keeper, lines } = start();
  await waitFor(() => lines.filter((line) => line.includes('restarting it')).length >= 2);
  await waitFor(() => keeper.live?.runner.state.status === 'stopped');
  expect(() => keeper.check()).toThrow('Projection configuration stopped at event');
});

describe('a rebuild', () => {
  it('that is requested fills a build, switches to it, and says so in the log', async () => {
    const { isLive, keeper } = start();
    await waitFor(isLive);
    await applied(await createBoard('A'));
    await request();
    await becomes('1 retired', '2 live');
    await waitFor(isLive);
    expect(() => keeper.check()).not.toThrow();
    await applied(await createBoard('B'));
    expect(await namesOf('public-configuration-2')).toEqual(['A', 'B']);
    expect(await namesOf('public')).toEqual(['A', 'B']);
    expect((await rebuilds()).live).toBe(2);
  });

  it('that was requested while no projector ran is begun when one starts', async () => {
    await request();
    start();
    await becomes('1 retired', '2 live');
  });

  it('that is cancelled leaves the live build, and nothing else', async () => {
    const first = start();
    await waitFor(first.isLive);
    await applied(await createBoard('A'));
    await first.stop();
    const { lines } = start({ projection: held });
    await becomes('1 live', '2 building');
    await waitFor(() => lines.some((line) => line.includes('not yet')));
    await cancel();
    await waitFor(async () => !(await states()).includes('2 building'));
    expect((await rebuilds()).live).toBeNull();
  });

  it('shows in the builds why it does not get on, and continues with a release that can', async () => {
    const first = start();
    await waitFor(first.isLive);
    await applied(await createBoard('A'));
    await first.stop();
    const second = start({ projection: held });
    await waitFor(async () => {
      const [, building] = await listBuilds(models.db, ['configuration']);
      return building?.problem?.includes('not yet') === true;
    });
    expect(await namesOf('public')).toEqual(['A']);
    await second.stop();
    start({ projection: corrected });
    await becomes('1 retired', '2 live');
    expect(await namesOf('public-configuration-2')).toEqual(['A']);
  });
});

const undoMigrationsSinceBuilds = async () => {
  for (const table of [
    'projection_builds',
    'replays',
    'replay_items',
    'payloads_removed_payloads',
    'memory_removed_entries',
    'audit_events',
    'audit_resources',
    'audit_removals',
    'payloads_webhook_settings',
    'webhook_coalesced_payloads',
  ])
    await sql`drop table ${sql.table(table)}`.execute(models.db);
  const added = {
    board_webhooks: [
      ...['retention_max_age_days', 'retention_max_payloads', 'receipt', 'event_type', 'message_fields'],
      ...['message_template', 'notify_when', 'ignore_actors', 'actor', 'delivery', 'coalesce'],
      ...['max_told_per_minute', 'encrypt_content'],
    ],
    board_webhook_payloads: ['event_type', 'sender', 'encrypted'],
    webhook_deliveries: ['filter_error', 'coalesced_id'],
    webhook_instructions: ['event_type', 'message_fields', 'message_template'],
    board_memory: ['event_type', 'note', 'coalesced_id'],
    webhook_payload_arrivals: ['erased', 'encrypted'],
  };
  for (const [table, columns] of Object.entries(added))
    for (const column of columns)
      await sql`alter table ${sql.table(table)} drop column ${sql.ref(column)}`.execute(models.db);
  await sql`drop index board_webhook_payloads_erased`.execute(models.db);
  await sql`delete from read_model_migrations where name >= '0018'`.execute(models.db);
};

it('read models of a release that knew no builds are rebuilt when they are of an older version', async () => {
  const older = start();
  await waitFor(older.isLive);
  await applied(await createBoard('a'));
  await older.stop();
  await undoMigrationsSinceBuilds();
  await migrateReadModels(database.url);
  start({ projection: corrected });
  await becomes('1 retired', '2 live');
  expect([await namesOf('public'), await namesOf('public-configuration-2')]).toEqual([['a'], ['A']]);
});

describe('a higher version of the code', () => {
  const runOnce = async () => {
    const older = start();
    await waitFor(older.isLive);
    await applied(await createBoard('a'));
    return older;
  };

  it('starts a rebuild, while the older release goes on feeding the rows that it wrote', async () => {
    const older = await runOnce();
    const newer = start({ projection: corrected });
    await becomes('1 retired', '2 live');
    expect(() => newer.keeper.check()).not.toThrow();
    await applied(await createBoard('b'));
    expect(await namesOf('public')).toEqual(['a', 'b']);
    expect(await namesOf('public-configuration-2')).toEqual(['A', 'B']);
    expect(older.lines.join()).not.toContain('Standing by');
    expect((await rebuilds()).live).toBe(2);
  });

  it('demands a build that an older release does not begin', async () => {
    await (await runOnce()).stop();
    await request('version');
    const older = start();
    await waitFor(older.isLive);
    await older.stop();
    expect(await states()).toEqual(['1 live']);
    start({ projection: corrected });
    await becomes('1 retired', '2 live');
    expect(await namesOf('public-configuration-2')).toEqual(['A']);
  });

  it('does not, if the operator does not want it: the rows stay, and are fed on', async () => {
    await (await runOnce()).stop();
    const { isLive } = start({ projection: corrected, rebuildOnStart: false });
    await waitFor(isLive);
    await applied(await createBoard('b'));
    expect(await namesOf('public')).toEqual(['a', 'B']);
    expect(await states()).toEqual(['1 live']);
    await request();
    await becomes('1 retired', '2 live');
  });

  it('and back: the older release cannot write to the build of the newer one, and fills one of its own', async () => {
    await (await runOnce()).stop();
    const newer = start({ projection: corrected });
    await becomes('1 retired', '2 live');
    await newer.stop();
    await sql`update projection_builds set state = 'dropped' where build = 1`.execute(models.db);
    await sql`delete from projection_checkpoints where projection = 'configuration'`.execute(models.db);
    const older = start();
    await becomes('2 retired', '3 live');
    await waitFor(older.isLive);
    await applied(await createBoard('b'));
    expect(await namesOf('public-configuration-3')).toEqual(['a', 'b']);
    expect(await namesOf('public-configuration-2')).toEqual(['A']);
  });
});
