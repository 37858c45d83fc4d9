import { type Client, DatabaseError, escapeIdentifier } from 'pg';
import { EventStoreUnsupported } from '../errors.ts';
import { compatibleMigrations, type Migration, migrations } from './migrations/migrations.ts';
import { channelOf } from './settings.ts';

/**
 * Migrates the schema to this program's version. Safe when many processes open the log at once: the first one migrates, the
 * others wait for its lock and find the work done. An up-to-date schema is only read, so a role without the right to change it
 * can open it. Such a role also goes on without the compatible migrations.
 */
export const migrate = async (client: Client, schema: string): Promise<void> => {
  await bringUpToDate(client, schema, 'migrations', migrations);
  try {
    await bringUpToDate(client, schema, 'compatible_migrations', compatibleMigrations);
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === insufficientPrivilege)) throw error;
  }
};

const bringUpToDate = async (
  client: Client,
  schema: string,
  table: Table,
  all: readonly Migration[],
): Promise<void> => {
  const version = await versionOf(client, schema, table);
  if (version !== undefined && version >= all.length) {
    if (table === 'migrations') refuseNewer(schema, version);
    return;
  }
  await client.query('begin');
  try {
    await client.query(`select pg_advisory_xact_lock(1835229048, hashtext($1))`, [schema]);
    await applyPending(client, schema, table, all);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
};

const refuseNewer = (schema: string, version: number): void => {
  if (version === migrations.length) return;
  throw new EventStoreUnsupported(
    `schema ${schema} is at version ${version}, this release supports versions up to ${migrations.length}: run a newer release`,
  );
};

const applyPending = async (
  client: Client,
  schema: string,
  table: Table,
  all: readonly Migration[],
): Promise<void> => {
  const quoted = escapeIdentifier(schema);
  const version = await versionOf(client, schema, table);
  if (version === undefined) await createTable(client, schema, table);
  for (const [index, migration] of all.entries()) {
    if (index < (version ?? 0)) continue;
    await client.query(migration(quoted, channelOf(schema)));
    await client.query(`insert into ${quoted}.${table} (version) values ($1)`, [index + 1]);
  }
};

const insufficientPrivilege = '42501';

type Table = 'migrations' | 'compatible_migrations';

const createTable = async (client: Client, schema: string, table: Table): Promise<void> => {
  const quoted = escapeIdentifier(schema);
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [schema]);
  if (rowCount === 0) await client.query(`create schema ${quoted}`);
  await client.query(
    `create table ${quoted}.${table} (version integer primary key, applied_at timestamptz not null default now())`,
  );
};

/** The number of migrations applied; undefined when there is no such table yet. */
const versionOf = async (client: Client, schema: string, table: Table): Promise<number | undefined> => {
  // to_regclass() is not used: it may answer from a name cache and miss a table that another process has just created.
  const found = await client.query(
    `select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2`,
    [schema, table],
  );
  if (found.rowCount === 0) return undefined;
  const { rows } = await client.query<{ version: number }>(
    `select coalesce(max(version), 0) as version from ${escapeIdentifier(schema)}.${table}`,
  );
  return rows[0]?.version ?? 0;
};
