import { setTimeout as delay } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { openReadModels } from '../open.ts';
import { currentSchema, schemaOf } from '../schema.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { migrations } from './migrations.ts';

/** Only tables in this schema count: other installations may have theirs in the same database. */
const migratorOf = (db: Kysely<ReadModels>, schema: string | null): Migrator =>
  new Migrator({
    db,
    ...(schema !== null && { migrationTableSchema: schema }),
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: 'read_model_migrations',
    migrationLockTableName: 'read_model_migrations_lock',
    // Migrations get their numbers before they are finished, so one may be released after another with a higher number.
    allowUnorderedMigrations: true,
  });

/**
 * Brings the read models' tables to this release, in one transaction under the migrator's lock: of several callers one does the
 * work and the others find it done. First creates the schema of the prefix if it is missing. Resolves to the names of the migrations it
 * applied. Leaves tables alone that a newer release has migrated, if this one can work with them.
 *
 * @throws ReadModelsUnavailable
 */
export const migrateReadModels = async (databaseUrl: string, prefix = ''): Promise<string[]> => {
  const name = 'read-models-migration';
  const { db, close } = openReadModels(databaseUrl, { name, timeouts: 'none', prefix });
  try {
    if ((await migrationsOfNewerRelease(db)).length > 0) return [];
    const migrator = migratorOf(db, schemaOf(prefix) ?? (await currentSchema(db)));
    const { error, results } = await migrator.migrateToLatest();
    if (error) throw error;
    return (results ?? []).map((result) => result.migrationName);
  } catch (error) {
    throw explained(error);
  } finally {
    await close();
  }
};

/**
 * The applied migrations that this release does not know, because it was started after a newer one.
 *
 * @throws ReadModelsUnavailable if this release cannot work with them
 */
export const migrationsOfNewerRelease = async (db: Kysely<ReadModels>): Promise<string[]> => {
  const unknown = (await appliedMigrations(db)).filter((name) => !(name in migrations));
  if (unknown.length === 0) return [];
  const { rows } = await sql<{ needs: string }>`select needs from read_model_compatibility`.execute(db);
  const needed = rows[0]?.needs ?? '';
  if (needed in migrations) return unknown;
  throw new ReadModelsUnavailable(`was migrated by a newer release (${needed}). Run that one.`, undefined);
};

/** The database cannot be reached, answers with an error, or belongs to a newer release. Says which, for an operator. */
export class ReadModelsUnavailable extends Error {
  readonly code = 'read_models_unavailable';

  constructor(problem: string, cause: unknown) {
    super(`The read models' database (DATABASE_URL) ${problem}`, { cause });
    this.name = 'ReadModelsUnavailable';
  }
}

const explained = (error: unknown): ReadModelsUnavailable => {
  if (error instanceof ReadModelsUnavailable) return error;
  const message = messageOf(error);
  if (message.includes('previously executed migration'))
    return new ReadModelsUnavailable('was migrated by a newer release. Run that one.', error);
  const wasAnswered = /^[0-9A-Z]{5}$/.test(String((error as { code?: unknown }).code));
  return new ReadModelsUnavailable(
    wasAnswered ? `answered with an error: ${message}.` : `cannot be reached: ${message}.`,
    error,
  );
};

/** If a host has several addresses, the error contains one error per address and has an empty message itself. */
const messageOf = (error: unknown): string =>
  error instanceof AggregateError
    ? error.errors.map(messageOf).join('; ')
    : error instanceof Error
      ? error.message
      : String(error);

/** True when every migration of this release has been applied. Readiness checks ask often, so it is one plain query. */
export const schemaIsCurrent = async (db: Kysely<ReadModels>): Promise<boolean> => {
  const applied = new Set(await appliedMigrations(db));
  return Object.keys(migrations).every((name) => applied.has(name));
};

const undefinedTable = '42P01';

const appliedMigrations = async (db: Kysely<ReadModels>): Promise<string[]> => {
  try {
    const { rows } = await sql<{
      name: string;
    }>`select name from read_model_migrations order by name`.execute(db);
    return rows.map(({ name }) => name);
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === undefinedTable) return [];
    throw error;
  }
};

const pollMs = 250;

/** Resolves once the projector has migrated the database to this release. Rejects with the signal's reason. */
export const awaitMigrations = async (db: Kysely<ReadModels>, signal: AbortSignal): Promise<void> => {
  while (!(await schemaIsCurrent(db))) await delay(pollMs, undefined, { signal });
};
