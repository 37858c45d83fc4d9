import { buildsChannel, listBuilds, readableBuild, readersLock } from '@mission-control/projections';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { ReadModelsUnavailable } from '../migrations/migrate.ts';
import { connectionOptions, sessionSettingsOf, setSession } from '../open.ts';
import { schemaOf } from '../schema.ts';
import type { ReadModels } from '../tables/read-models.ts';
import type { ChosenBuild } from './build-set.ts';

export interface KnownProjection {
  readonly name: string;
  readonly version: number;
}

const undefinedTable = '42P01';

/**
 * One connection that hears of switches, and holds the locks that say which builds this process reads. The server releases them when the
 * process is gone, however it ended.
 */
export class Follower {
  readonly main: string;
  readonly #db: Kysely<ReadModels>;
  readonly #projections: readonly KnownProjection[];
  readonly #held = new Map<string, ChosenBuild>();

  private constructor(main: string, db: Kysely<ReadModels>, projections: readonly KnownProjection[]) {
    this.main = main;
    this.#db = db;
    this.#projections = projections;
  }

  /**
   * @param changed is called when the builds may have changed
   * @param ended is called once, when the connection is lost or closed
   */
  static async open(
    databaseUrl: string,
    options: { name?: string; prefix?: string; projections: readonly KnownProjection[] },
    { changed, ended }: { changed: () => void; ended: () => void },
  ): Promise<Follower> {
    const client = new pg.Client(connectionOptions(databaseUrl, options.name));
    client.on('error', () => {}).once('end', ended);
    try {
      await client.connect();
      const schema = schemaOf(options.prefix ?? '');
      await client.query(setSession, [sessionSettingsOf('none', schema === null ? [] : [schema])]);
      const { rows } = await client.query<{ main: string }>('select current_schema() as main');
      // The projector creates the schema of a prefix. Until then there is no current schema.
      const main = schema ?? rows[0]?.main ?? 'public';
      client.on('notification', ({ payload }) => {
        if (payload === main) changed();
      });
      await client.query(`listen ${buildsChannel}`);
      const db = new Kysely<ReadModels>({ dialect: new PostgresDialect({ pool: poolOf(client) }) });
      return new Follower(main, db, options.projections);
    } catch (error) {
      void client.end().catch(() => {});
      throw error;
    }
  }

  /**
   * The builds to read now, locked so that they are not dropped.
   *
   * @throws ReadModelsUnavailable when a newer release has written all builds of a projection
   */
  async choose(): Promise<readonly ChosenBuild[]> {
    for (;;) {
      const chosen = await this.#readable();
      const fresh = chosen.filter(({ checkpoint }) => !this.#held.has(checkpoint));
      if (fresh.length === 0) return chosen;
      // Waits for a transaction that is dropping the build, which is then not among the readable ones.
      for (const build of fresh) {
        await sql`select pg_advisory_lock_shared(${readersLock(build.projection, build.build, this.main)})`.execute(
          this.#db,
        );
        this.#held.set(build.checkpoint, build);
      }
    }
  }

  /** Lets all builds be dropped but these. */
  async keepOnly(builds: readonly ChosenBuild[]): Promise<void> {
    const kept = new Set(builds.map(({ checkpoint }) => checkpoint));
    for (const build of this.#held.values()) {
      if (kept.has(build.checkpoint)) continue;
      this.#held.delete(build.checkpoint);
      await sql`select pg_advisory_unlock_shared(${readersLock(build.projection, build.build, this.main)})`.execute(
        this.#db,
      );
    }
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }

  async #readable(): Promise<ChosenBuild[]> {
    const names = this.#projections.map(({ name }) => name);
    const builds = await listBuilds(this.#db, names).catch((error: { code?: unknown }) => {
      // The projector of this release has not migrated yet.
      if (error.code === undefinedTable) return [];
      throw error;
    });
    return this.#projections.map((projection) => {
      if (!builds.some((one) => one.projection === projection.name))
        return { projection: projection.name, build: 1, checkpoint: projection.name, schema: null };
      const build = readableBuild(builds, projection);
      if (build) return build;
      throw new ReadModelsUnavailable(
        `has ${projection.name} only as a newer release wrote it. Run that one, or wait until the projector has rebuilt it.`,
        undefined,
      );
    });
  }
}

/** A pool of one connection, which is never closed between two statements. */
const poolOf = (client: pg.Client) => ({
  options: {},
  connect: async () => Object.assign(client, { release: () => {} }),
  end: () => client.end(),
});
