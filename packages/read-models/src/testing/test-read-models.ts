import { beginBuild, listBuilds, type ProjectedEvent, type Projection } from '@mission-control/projections';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { type Kysely, sql } from 'kysely';
import { expect } from 'vitest';
import { migrateReadModels } from '../migrations/migrate.ts';
import { openReadModels } from '../open.ts';
import type { ReadModels } from '../tables/read-models.ts';
import type { History } from './history.ts';

/** All rows of each table, as text in a stable order. */
export type Dump = Readonly<Record<string, readonly string[]>>;

export interface TestReadModels {
  readonly url: string;
  readonly db: Kysely<ReadModels>;
  /**
   * Projects the history into empty tables: in one batch, that batch again, and event by event, each twice. Fails unless the rows
   * are the same each time.
   */
  readonly project: (history: History) => Promise<void>;
  readonly apply: (events: readonly ProjectedEvent[]) => Promise<void>;
  /** Like `apply`, but the process is lost before the commit. */
  readonly interrupt: (events: readonly ProjectedEvent[]) => Promise<void>;
  readonly empty: () => Promise<void>;
  readonly dump: () => Promise<Dump>;
  readonly drop: () => Promise<void>;
}

/** Read models in their own database, written by one projection. */
export const openTestReadModels = async (projection: Projection<ReadModels>): Promise<TestReadModels> => {
  const database = await createTestDatabase();
  await migrateReadModels(database.url);
  return openTestTables(projection, database, null);
};

/** The tables of a new build of the projection, beside those of the migrations. Ends with these. */
export const openTestBuild = async (
  projection: Projection<ReadModels>,
  live: TestReadModels,
  build: number,
): Promise<TestReadModels> => {
  await beginBuild(live.db, projection, build, null);
  const found = (await listBuilds(live.db, [projection.name])).find((one) => one.build === build);
  return openTestTables(projection, { url: live.url, drop: async () => {} }, found?.schema ?? null);
};

const openTestTables = (
  projection: Projection<ReadModels>,
  database: TestDatabase,
  schema: string | null,
): TestReadModels => {
  const { db, close } = openReadModels(database.url, { schema });
  const empty = async () => {
    await sql`truncate ${sql.join(projection.tables.map((table) => sql.table(table)))}`.execute(db);
  };
  const apply = async (events: readonly ProjectedEvent[]) => {
    const ours = events.filter((event) => passes(projection, event));
    if (ours.length > 0) await db.transaction().execute((tx) => projection.apply(tx, ours));
  };
  const dump = () => dumpTables(db, projection.tables);
  const interrupt = async (events: readonly ProjectedEvent[]) => {
    const ours = events.filter((event) => passes(projection, event));
    if (ours.length === 0) return;
    // As a runner does; `apply` shows that the rows do not depend on it.
    for (const event of ours) projection.prepare?.(event);
    const lost = db.transaction().execute(async (tx) => {
      await projection.apply(tx, ours);
      throw new Error('lost');
    });
    await expect(lost).rejects.toThrow('lost');
  };
  return {
    url: database.url,
    db,
    empty,
    apply,
    interrupt,
    dump,
    project: async ({ events }) => {
      await empty();
      for (const event of events) {
        await apply([event]);
        const once = await dump();
        await apply([event]);
        expect(await dump(), `${event.type} applied again`).toEqual(once);
      }
      const oneByOne = await dump();
      await empty();
      await apply(events);
      expect(await dump(), 'in one batch').toEqual(oneByOne);
      await apply(events);
      expect(await dump(), 'the batch again').toEqual(oneByOne);
    },
    drop: async () => {
      await close();
      await database.drop();
    },
  };
};

const passes = ({ filter }: Projection<ReadModels>, event: ProjectedEvent): boolean =>
  (filter.types?.includes(event.type) ?? true) &&
  (filter.streamPrefixes?.some((prefix) => event.stream.startsWith(prefix)) ?? true);

export const dumpTables = async (
  db: Kysely<ReadModels>,
  tables: readonly (keyof ReadModels)[],
): Promise<Dump> => {
  const dump: Record<string, string[]> = {};
  for (const table of tables) {
    const { rows } = await sql<{ row: string }>`
      select (one.*)::text as row from ${sql.table(table)} one order by 1`.execute(db);
    dump[table] = rows.map(({ row }) => row);
  }
  return dump;
};
