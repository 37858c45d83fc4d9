import { connectTimeoutMs, isoTimeOf } from '@mission-control/event-store';
import { statementName } from '@mission-control/projections';
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { schemaOf } from './schema.ts';
import type { ReadModels } from './tables/read-models.ts';

export interface OpenReadModelsOptions {
  /** The application name of the connections, as the server shows it. */
  readonly name?: string;
  /** The maximum number of connections; default 10. */
  readonly connections?: number;
  /**
   * `queries` (default): a statement times out after 15 s. `batches`: a statement times out after 60 s, and a commit does not
   * wait for the disk. If the server crashes, rows and checkpoint go back together, and the projection continues from there.
   * `none`: for migrations.
   */
  readonly timeouts?: 'queries' | 'batches' | 'none';
  /** The installation's prefix. It selects the schema; default: none, and the connection's usual schema. */
  readonly prefix?: string;
  /** The schema of a build, instead of the installation's. */
  readonly schema?: string | null;
}

const sessionSettings = {
  queries: {
    statement_timeout: '15s',
    lock_timeout: '10s',
    idle_in_transaction_session_timeout: '30s',
  },
  batches: {
    statement_timeout: '60s',
    lock_timeout: '10s',
    idle_in_transaction_session_timeout: '60s',
    synchronous_commit: 'off',
    // Every statement of a batch uses an index. Plans made while the tables are small must still be good when they are large.
    enable_seqscan: 'off',
    plan_cache_mode: 'force_generic_plan',
    jit: 'off',
  },
  none: {},
} as const;

/**
 * Opens the read models' database. Nothing is connected before the first query. `?connect_timeout=` in the URL is the time for a
 * connection in seconds, default 5. int8 and numeric are read as bigint, times as ISO-8601 UTC strings.
 */
export const openReadModels = (
  databaseUrl: string,
  options: OpenReadModelsOptions = {},
): { db: Kysely<ReadModels>; close: () => Promise<void> } => {
  const { timeouts = 'queries', prefix = '' } = options;
  const pool = openPool(databaseUrl, options);
  const schema = options.schema ?? schemaOf(prefix);
  const settings = sessionSettingsOf(timeouts, schema === null ? [] : [schema]);
  const db = new Kysely<ReadModels>({
    dialect: new PostgresDialect({
      pool,
      onCreateConnection: async (connection) => {
        await connection.executeQuery(CompiledQuery.raw(setSession, [settings]));
      },
    }),
  });
  return { db, close: () => db.destroy() };
};

/** A statement that gives a session the settings in its parameter. */
export const setSession = 'select set_config(key, value, false) from json_each_text($1::json)';

/** @param schemas the search path; empty: the one that the connection has anyway */
export const sessionSettingsOf = (
  timeouts: NonNullable<OpenReadModelsOptions['timeouts']>,
  schemas: readonly string[],
): string => {
  const search_path = schemas.map((schema) => `"${schema.replaceAll('"', '""')}"`).join(', ');
  return JSON.stringify({ ...sessionSettings[timeouts], ...(schemas.length > 0 && { search_path }) });
};

export const connectionOptions = (databaseUrl: string, name = 'mission-control'): pg.ClientConfig => ({
  connectionString: databaseUrl,
  application_name: name,
  connectionTimeoutMillis: connectTimeoutMs(databaseUrl),
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  types: { getTypeParser: parserOf },
});

export const openPool = (
  databaseUrl: string,
  { name, connections = 10 }: Pick<OpenReadModelsOptions, 'name' | 'connections'>,
): pg.Pool => {
  const pool = new pg.Pool({
    ...connectionOptions(databaseUrl, name),
    max: connections,
    Client: PreparingClient,
  });
  // Without listeners, a connection lost between two statements (in the pool or in a transaction) would end the process.
  return pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
};

const { builtins } = pg.types;

const parserOf: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (oid === builtins.INT8 || oid === builtins.NUMERIC) return BigInt;
  if (oid === builtins.TIMESTAMPTZ) return isoTimeOf;
  return pg.types.getTypeParser(oid, format as 'text');
};

/** Sends a statement under the name that it was declared with, so that the server parses and plans it once per connection. */
class PreparingClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of `pg`, passed on as they are.
  override query(text: any, values?: any, ...others: any[]): any {
    const name = typeof text === 'string' && Array.isArray(values) ? statementName(text) : undefined;
    const query = super.query as (...given: unknown[]) => unknown;
    return name === undefined
      ? query.call(this, text, values, ...others)
      : query.call(this, { name, text, values }, ...others);
  }
}
