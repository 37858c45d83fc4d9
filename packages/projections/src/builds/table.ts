import { type Kysely, type QueryExecutorProvider, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The state of a build:
 *
 * - `building`: is being filled beside the live build. Nobody reads it.
 * - `live`: is read. Each projection has one.
 * - `retired`: was live. It is fed on for the processes that still read it.
 * - `dropped`: its rows are gone: it was cancelled, or nobody read it any more.
 */
type BuildState = 'building' | 'live' | 'retired' | 'dropped';

/**
 * One row per build, from the first rebuild of a projection on. A projection without rows has build 1, which is live. The tables of build 1
 * are those of the migrations; a later build has a schema of its own.
 */
export interface ProjectionBuilds {
  readonly projection: string;
  readonly build: number;
  /** null: the schema of the migrations. */
  readonly schema_name: string | null;
  readonly state: BuildState;
  /** The head of the log when the build began. */
  readonly target: bigint | null;
  /** How fast the build was filled lately; null: unknown. */
  readonly events_per_second: number | null;
  readonly seconds_left: number | null;
  /** Why the runner of a build that is being filled stopped last. */
  readonly problem: string | null;
  readonly started_at: string;
  readonly switched_at: string | null;
  readonly retired_at: string | null;
  /** Since when nobody reads a retired build, as far as is known. */
  readonly unread_since: string | null;
}

/** For the migrations of a database that stores projections. */
export const createProjectionBuilds: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`
      create table projection_builds (
        projection text not null,
        build integer not null,
        schema_name text,
        state text not null,
        target numeric(20),
        events_per_second double precision,
        seconds_left double precision,
        problem text,
        started_at timestamptz(3) not null default now(),
        switched_at timestamptz(3),
        retired_at timestamptz(3),
        unread_since timestamptz(3),
        primary key (projection, build)
      )`.execute(db);
    await sql`
      create unique index projection_builds_one_building on projection_builds (projection)
       where state = 'building'`.execute(db);
    await sql`
      create unique index projection_builds_one_live on projection_builds (projection)
       where state = 'live'`.execute(db);
  },
};

/** A build as it is now. */
export interface Build {
  readonly projection: string;
  readonly build: number;
  /** The name of its checkpoint. */
  readonly checkpoint: string;
  readonly schema: string | null;
  readonly state: BuildState;
  /** The version of the code that fills it; null before it has begun. */
  readonly version: number | null;
  readonly position: bigint | null;
  readonly incarnation: string | null;
  readonly target: bigint | null;
  readonly eventsPerSecond: number | null;
  readonly secondsLeft: number | null;
  readonly problem: string | null;
  readonly startedAt: string | null;
}

/** The name of a build's checkpoint. That of build 1 is the one that releases without builds use. */
export const checkpointOf = (projection: string, build: number): string =>
  build === 1 ? projection : `${projection}@${build}`;

interface Row {
  projection: string;
  build: number;
  schema_name: string | null;
  state: BuildState;
  version: number | null;
  position: string | null;
  incarnation: string | null;
  target: string | null;
  events_per_second: number | null;
  seconds_left: number | null;
  problem: string | null;
  started_at: string | Date | null;
}

/**
 * The builds of these projections that are not dropped, by projection and number. A projection that was never rebuilt has build 1.
 *
 * @param projections names
 */
export const listBuilds = async (
  db: QueryExecutorProvider,
  projections: readonly string[],
): Promise<Build[]> => {
  const { rows } = await sql<Row>`
    with known as (
      select projection, build, schema_name, state, target, events_per_second, seconds_left, problem, started_at
        from projection_builds
      union all
      select name, 1, null, 'live', null, null, null, null, null from unnest(${projections}::text[]) name
       where not exists (select from projection_builds where projection = name)
    )
    select known.projection, known.build, known.schema_name, known.state, held.version, held.position::text,
           held.incarnation, known.target::text, known.events_per_second, known.seconds_left, known.problem, known.started_at
      from known
      left join projection_checkpoints held
        on held.projection = known.projection || case known.build when 1 then '' else '@' || known.build end
     where known.state <> 'dropped' and known.projection = any(${projections}::text[])
     order by known.projection, known.build`.execute(db);
  return rows.map((row) => ({
    projection: row.projection,
    build: row.build,
    checkpoint: checkpointOf(row.projection, row.build),
    schema: row.schema_name,
    state: row.state,
    version: row.version,
    position: row.position === null ? null : BigInt(row.position),
    incarnation: row.incarnation,
    target: row.target === null ? null : BigInt(row.target),
    eventsPerSecond: row.events_per_second,
    secondsLeft: row.seconds_left,
    problem: row.problem,
    startedAt: row.started_at === null ? null : new Date(row.started_at).toISOString(),
  }));
};

/**
 * The build that a process reads: of those that are live or retired, the one with the highest version that it knows, and of these the
 * newest. undefined: a newer release has written all of them.
 *
 * @param version the process's version of the projection
 */
export const readableBuild = (
  builds: readonly Build[],
  { name, version }: { readonly name: string; readonly version: number },
): Build | undefined =>
  builds
    .filter(
      (one) =>
        one.projection === name &&
        (one.state === 'live' || one.state === 'retired') &&
        (one.version ?? version) <= version,
    )
    .toSorted((a, b) => (b.version ?? version) - (a.version ?? version) || b.build - a.build)[0];

/** The channel of the database on which a change of the builds is announced. The payload is the schema of the table of builds. */
export const buildsChannel = 'projection_builds';

export const announceChange = async (db: QueryExecutorProvider): Promise<void> => {
  await sql`select pg_notify(${buildsChannel}, current_schema())`.execute(db);
};

/** The highest number of a build of the projection, dropped ones included. */
export const highestBuild = async (db: QueryExecutorProvider, projection: string): Promise<number> => {
  const { rows } = await sql<{ highest: number | null }>`
    select max(build) as highest from projection_builds where projection = ${projection}`.execute(db);
  return rows[0]?.highest ?? 1;
};
