import { type Client, escapeIdentifier } from 'pg';
import { EventStoreUnsupported } from '../errors.ts';
import { migrations } from './migrations/migrations.ts';
import { channelOf } from './settings.ts';

/**
 * Migrates the schema to this program's version. Safe when many processes open the log at once: the first one migrates, the
 * others wait for its lock and find the work done. An up-to-date schema is only read, so a role without the right to change it
 * can open it.
 */
export const migrate = async (client: Client, schema: string): Promise<void> => {
  if ((await versionOf(client, schema)) === migrations.length) return;
  await client.query('begin');
  try {
    await client.query(`select pg_advisory_xact_lock(1835229048, hashtext($1))`, [schema]);
    await applyPending(client, schema);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
};

const applyPending = async (client: Client, schema: string): Promise<void> => {
  const quoted = escapeIdentifier(schema);
  const version = await versionOf(client, schema);
  if (version === undefined) {
    const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [schema]);
    if (rowCount === 0) await client.query(`create schema ${quoted}`);
    await client.query(
      `create table ${quoted}.migrations (version integer primary key, applied_at timestamptz not null default now())`,
    );
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < (version ?? 0)) continue;
    await client.query(migration(quoted, channelOf(schema)));
    await client.query(`insert into ${quoted}.migrations (version) values ($1)`, [index + 1]);
  }
};

/** The number of migrations applied; undefined when there is no log yet. */
const versionOf = async (client: Client, schema: string): Promise<number | undefined> => {
  const quoted = escapeIdentifier(schema);
  // to_regclass() is not used: it may answer from a name cache and miss a table that another process has just created.
  const table = await client.query(
    `select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = 'migrations'`,
    [schema],
  );
  if (table.rowCount === 0) return undefined;
  const found = await client.query<{ version: number }>(
    `select coalesce(max(version), 0) as version from ${quoted}.migrations`,
  );
  const version = found.rows[0]?.version ?? 0;
  if (version > migrations.length) {
    throw new EventStoreUnsupported(
      `schema ${schema} is at version ${version}, this release supports versions up to ${migrations.length}: run a newer release`,
    );
  }
  return version;
};
