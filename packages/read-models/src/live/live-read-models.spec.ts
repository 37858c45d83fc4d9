import { setImmediate } from 'node:timers/promises';
import { beginBuild, dropUnread, switchTo } from '@mission-control/projections';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateReadModels, schemaIsCurrent } from '../migrations/migrate.ts';
import { openReadModels } from '../open.ts';
import { projections } from '../projections/projections.ts';
import { LiveReadModels } from './live-read-models.ts';

const [configuration, payloads] = projections;

let database: TestDatabase;
let models: ReturnType<typeof openReadModels>;
let opened: LiveReadModels[];
beforeEach(async () => {
  database = await createTestDatabase();
  await migrateReadModels(database.url);
  models = openReadModels(database.url);
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((live) => live.close()));
  await models.close();
  await database.drop();
});

const follow = (known: readonly { name: string; version: number }[] = projections): LiveReadModels => {
  const live = new LiveReadModels(database.url, { name: 'reader', projections: known });
  opened.push(live);
  return live;
};

/** A build is recognised by the tables that a connection finds. */
const buildRead = async ({ db }: LiveReadModels, table = 'boards'): Promise<string> => {
  const { rows } = await sql<{ schema: string }>`
    select relnamespace::regnamespace::text as schema from pg_class where oid = ${table}::regclass`.execute(
    db,
  );
  return (rows[0]?.schema ?? '').replaceAll('"', '');
};

const begin = async (build: number, projection: typeof configuration | typeof payloads = configuration) => {
  await beginBuild(models.db, projection, build, null);
  await sql`
    update projection_checkpoints set incarnation = 'log', position = 1
     where projection = ${`${projection.name}@${build}`}`.execute(models.db);
};
const switchBuild = async (
  build: number,
  projection: typeof configuration | typeof payloads = configuration,
) => {
  await begin(build, projection);
  expect(await switchTo(models.db, projection.name, build, async () => true)).toBe('switched');
};
const reads = (live: LiveReadModels, schema: string) =>
  waitFor(async () => (await buildRead(live)) === schema);

describe('a query', () => {
  it('reads the live build, and the next one once it is switched to', async () => {
    const live = follow();
    expect(await buildRead(live)).toBe('public');
    await begin(2);
    expect(await buildRead(live)).toBe('public');
    expect(await switchTo(models.db, 'configuration', 2, async () => true)).toBe('switched');
    await reads(live, 'public-configuration-2');
    expect(await buildRead(live, 'board_memory')).toBe('public');
    await switchBuild(2, payloads);
    await waitFor(async () => (await buildRead(live, 'webhook_deliveries')) === 'public-payloads-2');
    expect(await buildRead(live)).toBe('public-configuration-2');
  });

  it('of a release that does not know the version of the live build reads the one before', async () => {
    const older = follow([{ name: 'configuration', version: configuration.version }]);
    const newer = follow([{ name: 'configuration', version: configuration.version + 1 }]);
    await begin(2);
    await sql`
      update projection_checkpoints set version = version + 1 where projection = 'configuration@2'`.execute(
      models.db,
    );
    await switchTo(models.db, 'configuration', 2, async () => true);
    await reads(newer, 'public-configuration-2');
    await sql`
      insert into projection_checkpoints (projection, version, epoch) values ('configuration', ${configuration.version}, 1)`.execute(
      models.db,
    );
    await reads(older, 'public');
    // While it reads that one, it is kept.
    expect(await dropUnread(models.db, configuration, 1, 0)).toBe('read');
    expect(await older.checkpoint('configuration')).toBe('configuration');
  });

  it('is rejected if a newer release has written all builds', async () => {
    await sql`insert into projection_checkpoints (projection, version, epoch) values ('configuration', 99, 1)`.execute(
      models.db,
    );
    await expect(buildRead(follow())).rejects.toThrow('has configuration only as a newer release wrote it');
  });
});

describe('a pin', () => {
  it('reads the same builds from its first query to its last, and keeps them from being dropped', async () => {
    const live = follow();
    const pin = live.pin();
    expect(await pin.run(() => buildRead(live))).toBe('public');
    await switchBuild(2);
    await reads(live, 'public-configuration-2');
    expect(await pin.run(() => buildRead(live))).toBe('public');
    expect(await pin.run(() => live.checkpoint('configuration'))).toBe('configuration');
    expect(await dropUnread(models.db, configuration, 1, 0)).toBe('read');
    pin.release();
    expect(await pin.run(() => buildRead(live))).toBe('public-configuration-2');
    // With the last reader gone, the grace period begins.
    await waitFor(async () => (await dropUnread(models.db, configuration, 1, 3_600)) === 'waiting');
    expect(await dropUnread(models.db, configuration, 1, 0)).toBe('dropped');
    expect(await buildRead(live)).toBe('public-configuration-2');
  });

  it('never mixes builds, however often it is switched', async () => {
    const live = follow();
    let isDone = false;
    const seen = new Set<string>();
    const reader = async () => {
      while (!isDone) {
        const pin = live.pin();
        const found = await pin.run(async () => [
          await buildRead(live),
          ...(await Promise.all([buildRead(live), buildRead(live, 'agents')])),
        ]);
        pin.release();
        expect(new Set(found).size).toBe(1);
        seen.add(found[0] ?? '');
        await setImmediate();
      }
    };
    const readers = Promise.all([reader(), reader(), reader()]);
    readers.catch(() => {});
    for (let build = 2; build <= 6; build += 1) {
      await switchBuild(build);
      await waitFor(() => seen.has(`public-configuration-${build}`));
    }
    isDone = true;
    await readers;
  });
});

describe('a lost connection', () => {
  it('of the one that follows is made again, and a switch meanwhile is noticed', async () => {
    const live = follow();
    expect(await buildRead(live)).toBe('public');
    await sql`
      select pg_terminate_backend(pid, 60000) from pg_stat_activity
       where application_name = 'reader' and datname = current_database()`.execute(models.db);
    await switchBuild(2);
    await waitFor(async () => (await buildRead(live).catch(() => '')) === 'public-configuration-2');
  });
});

it('finds the tables of a prefix that are created after the first query', async () => {
  const live = new LiveReadModels(database.url, { prefix: 'acme', projections });
  opened.push(live);
  expect(await schemaIsCurrent(live.db)).toBe(false);
  await migrateReadModels(database.url, 'acme');
  expect(await schemaIsCurrent(live.db)).toBe(true);
  expect(await buildRead(live)).toBe('read_models_acme');
});

it('reads before the migrations of builds, as older releases do', async () => {
  await sql`drop table projection_builds`.execute(models.db);
  expect(await buildRead(follow())).toBe('public');
});
