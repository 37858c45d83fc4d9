import { type Kysely, sql, type Transaction } from 'kysely';
import type { Projection } from '../projection.ts';
import type { TakeOverOptions } from '../take-over.ts';
import { createSchemaOfBuild, dropSchemaOfBuild, mainSchemaOf, schemaOfBuild } from './schema.ts';
import { announceChange, type Build, checkpointOf } from './table.ts';

type Tables<DB> = Pick<Projection<DB>, 'name' | 'tables'>;
type Versioned<DB> = Tables<DB> & Pick<Projection<DB>, 'version'>;

/** Locks out others that begin or drop a build or change its tables, until the transaction ends. */
export const lockBuilds = async (tx: Transaction<unknown>): Promise<void> => {
  await sql`lock table projection_builds in share row exclusive mode`.execute(tx);
};

/**
 * Creates the empty tables of a build, and its checkpoint, whose version keeps an older release from filling it. Does nothing if the build
 * exists or existed.
 *
 * @param target the head of the log
 * @returns whether the build was created
 */
export const beginBuild = async <DB>(
  db: Kysely<DB>,
  { name, tables, version }: Versioned<DB>,
  build: number,
  target: bigint | null,
): Promise<boolean> =>
  (db as Kysely<unknown>).transaction().execute(async (tx) => {
    await lockBuilds(tx);
    await sql`
      insert into projection_builds (projection, build, state) select ${name}, 1, 'live'
       where not exists (select from projection_builds where projection = ${name})`.execute(tx);
    const main = await mainSchemaOf(tx);
    const schema = schemaOfBuild(main, name, build);
    const { rows } = await sql`
      insert into projection_builds (projection, build, schema_name, state, target)
      values (${name}, ${build}, ${schema}, 'building', ${target})
      on conflict (projection, build) do nothing returning build`.execute(tx);
    if (rows.length === 0) return false;
    await sql`
      insert into projection_checkpoints (projection, version, epoch) values (${checkpointOf(name, build)}, ${version}, 0)
      on conflict do nothing`.execute(tx);
    await createSchemaOfBuild(tx, main, schema, tables);
    await announceChange(tx);
    return true;
  });

/** Drops a build that is being filled. Its runner finds its checkpoint gone. */
export const cancelBuild = async <DB>(db: Kysely<DB>, projection: string, build: number): Promise<void> =>
  (db as Kysely<unknown>).transaction().execute(async (tx) => {
    await lockBuilds(tx);
    const { rows } = await sql<{ schema_name: string | null }>`
      select schema_name from projection_builds
       where projection = ${projection} and build = ${build} and state = 'building'`.execute(tx);
    if (!rows[0]) return;
    await markDropped(tx, projection, build);
    if (rows[0].schema_name !== null) await dropSchemaOfBuild(tx, rows[0].schema_name);
    await announceChange(tx);
  });

/**
 * The lock that a process holds, shared, while it reads a build. One key per table of builds and build.
 *
 * @param main the schema of the table of builds; default: the current one
 */
export const readersLock = (projection: string, build: number, main?: string) =>
  sql`hashtextextended(coalesce(${main ?? null}::text, current_schema()) || '/' || ${checkpointOf(projection, build)}, 0)`;

/**
 * Drops a retired build that no process has read for the grace period. Build 1 is emptied but kept, because later builds copy its tables. A
 * release that knows no builds reads build 1 and takes no lock, so the grace period of build 1 begins when a process reads the live build.
 */
export const dropUnread = async <DB>(
  db: Kysely<DB>,
  { name, tables }: Tables<DB>,
  build: number,
  graceSeconds: number,
): Promise<'read' | 'waiting' | 'dropped'> =>
  (db as Kysely<unknown>).transaction().execute(async (tx) => {
    await lockBuilds(tx);
    const { rows } = await sql<{ schema_name: string | null; is_read: boolean; is_over: boolean | null }>`
      select schema_name, not pg_try_advisory_xact_lock(${readersLock(name, build)}) as is_read,
             unread_since <= now() - make_interval(secs => ${graceSeconds}) as is_over
        from projection_builds
       where projection = ${name} and build = ${build} and state = 'retired'`.execute(tx);
    const [row] = rows;
    if (!row) return 'dropped';
    const isRead = row.is_read || (build === 1 && !(await isLiveRead(tx, name)));
    if (isRead || !row.is_over) {
      await sql`
        update projection_builds set unread_since = case when ${isRead} then null else coalesce(unread_since, now()) end
         where projection = ${name} and build = ${build}`.execute(tx);
      return isRead ? 'read' : 'waiting';
    }
    await markDropped(tx, name, build);
    if (row.schema_name !== null) await dropSchemaOfBuild(tx, row.schema_name);
    else await sql`truncate ${sql.join(tables.map((table) => sql.table(table)))}`.execute(tx);
    await announceChange(tx);
    return 'dropped';
  });

const isLiveRead = async (tx: Transaction<unknown>, projection: string): Promise<boolean> => {
  const { rows } = await sql<{ build: number }>`
    select build from projection_builds where projection = ${projection} and state = 'live'`.execute(tx);
  const { rows: tried } = await sql<{ is_unread: boolean }>`
    select pg_try_advisory_xact_lock(${readersLock(projection, rows[0]?.build ?? 1)}) as is_unread`.execute(
    tx,
  );
  return tried[0]?.is_unread === false;
};

/** Locks the checkpoint first, as a runner does that takes over. It then finds the build dropped. */
const markDropped = async (tx: Transaction<unknown>, projection: string, build: number): Promise<void> => {
  await sql`delete from projection_checkpoints where projection = ${checkpointOf(projection, build)}`.execute(
    tx,
  );
  await sql`
    update projection_builds set state = 'dropped', problem = null
     where projection = ${projection} and build = ${build}`.execute(tx);
};

/** The build is gone: its runner has nothing to write to. */
class BuildDropped extends Error {
  readonly code = 'build_dropped';

  constructor(projection: string, build: number) {
    super(`Build ${build} of the projection ${projection} is dropped.`);
    this.name = 'BuildDropped';
  }
}

/** For a runner that takes over a build: throws if it is dropped, and keeps it from being dropped until the transaction ends. */
const refuseDropped =
  (projection: string, build: number) =>
  async (tx: Transaction<unknown>): Promise<void> => {
    const { rows } = await sql<{ state: string }>`
      select state from projection_builds where projection = ${projection} and build = ${build}
         for share`.execute(tx);
    const exists = rows[0] ? rows[0].state !== 'dropped' : build === 1;
    if (!exists) throw new BuildDropped(projection, build);
  };

/**
 * How a runner takes over a build. One that is being filled starts over when the code has a higher version than its rows. One that is read
 * does not: its rows stay, and further events are applied by the newer code, until another build takes its place.
 */
export const fillingOf = ({ projection, build, state, checkpoint }: Build): TakeOverOptions => ({
  checkpoint,
  olderRows: state === 'building' ? 'start_over' : 'continue',
  guard: refuseDropped(projection, build),
});

/** Records how a build that is being filled gets on. */
export const noteProgress = async <DB>(
  db: Kysely<DB>,
  { projection, build }: Pick<Build, 'projection' | 'build'>,
  progress: Pick<Build, 'eventsPerSecond' | 'secondsLeft' | 'problem'>,
): Promise<void> => {
  await sql`
    update projection_builds
       set events_per_second = ${progress.eventsPerSecond}, seconds_left = ${progress.secondsLeft},
           problem = ${progress.problem}
     where projection = ${projection} and build = ${build} and state = 'building'`.execute(db);
};

/**
 * For migrations that change the tables of a projection: changes them in the main schema, then in every build. Within `change`, the names of
 * the tables are those of one build.
 *
 * @param db the transaction of the migration
 */
export const inEveryBuild = async (
  db: Kysely<unknown>,
  projection: string,
  change: (db: Kysely<unknown>) => Promise<void>,
): Promise<void> => {
  await lockBuilds(db as Transaction<unknown>);
  const { rows } = await sql<{ schema_name: string }>`
    select schema_name from projection_builds
     where projection = ${projection} and schema_name is not null and state <> 'dropped'`.execute(db);
  const { rows: settings } = await sql<{
    path: string;
  }>`select current_setting('search_path') as path`.execute(db);
  await change(db);
  for (const { schema_name } of rows) {
    await sql`select set_config('search_path', quote_ident(${schema_name}), true)`.execute(db);
    await change(db);
  }
  await sql`select set_config('search_path', ${settings[0]?.path}, true)`.execute(db);
};
