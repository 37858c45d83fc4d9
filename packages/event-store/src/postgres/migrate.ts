import { type Client, escapeIdentifier } from 'pg';
import { EventStoreUnsupported } from '../errors.ts';
import { migrations } from './migrations/migrations.ts';
import { channelOf } from './settings.ts';

/**
 * Brings the schema to this program's version. Safe with many openers at once: whoever comes first does the work, the others
 * wait for its lock and find it done. A schema that is up to date is only read, so a role without rights to change it can open it.
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

/** The number of migrations applied; undefined where there is no log yet. */
const versionOf = async (client: Client, schema: string): Promise<number | undefined> => {
  const quoted = escapeIdentifier(schema);
  // Not to_regclass(): it may answer from a cache of names, and miss what another opener has just created.
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
      `schema ${schema} is at version ${version}, this program knows versions up to ${migrations.length}: run a newer one`,
    );
  }
  return version;
};
