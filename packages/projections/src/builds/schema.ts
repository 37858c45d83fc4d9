import { createHash } from 'node:crypto';
import { type QueryExecutorProvider, sql, type Transaction } from 'kysely';

/** Postgres cuts longer names off. */
const longestName = 63;

/**
 * The schema of a build. The dash cannot occur in the prefix of an installation, so no other installation has a schema of that name.
 *
 * @param main the schema of the migrations
 */
export const schemaOfBuild = (main: string, projection: string, build: number): string => {
  const name = `${main}-${projection}-${build}`;
  if (Buffer.byteLength(name) <= longestName) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 24);
  return `builds-${digest}-${build}`;
};

export const mainSchemaOf = async (db: QueryExecutorProvider): Promise<string> => {
  const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(db);
  const schema = rows[0]?.schema;
  if (!schema) throw new Error('The search path of the connection names no schema that exists.');
  return schema;
};

/**
 * Creates the schema of a build with empty copies of the tables. Columns, constraints and indexes have the names that they have in the main
 * schema, so that a migration can name them in every build. Checkpoints and builds in it are views of the tables in the main schema, so that
 * a runner needs no other schema, and cannot write into one by mistake.
 */
export const createSchemaOfBuild = async (
  tx: Transaction<unknown>,
  main: string,
  schema: string,
  tables: readonly string[],
): Promise<void> => {
  await sql`drop schema if exists ${sql.id(schema)} cascade`.execute(tx);
  await sql`create schema ${sql.id(schema)}`.execute(tx);
  for (const table of tables) {
    await sql`
      create table ${sql.id(schema, table)} (like ${sql.id(main, table)} including all excluding indexes)`.execute(
      tx,
    );
    for (const statement of await keysAndIndexes(tx, main, schema, table))
      await sql.raw(statement).execute(tx);
  }
  for (const table of ['projection_checkpoints', 'projection_builds'])
    await sql`create view ${sql.id(schema, table)} as select * from ${sql.id(main, table)}`.execute(tx);
};

/** Statements that give the copy of a table the keys and indexes of the table, with the same names. */
const keysAndIndexes = async (
  tx: Transaction<unknown>,
  main: string,
  schema: string,
  table: string,
): Promise<string[]> => {
  const { rows } = await sql<{ statement: string }>`
    with the as (
      select class.oid, format('%I.%I', ${schema}::text, class.relname) as copy
        from pg_class class join pg_namespace space on space.oid = class.relnamespace
       where space.nspname = ${main} and class.relname = ${table}
    )
    select format('alter table %s add constraint %I %s', copy, conname, pg_get_constraintdef(held.oid)) as statement
      from the join pg_constraint held on held.conrelid = the.oid and held.contype in ('p', 'u', 'x')
    union all
    select format('create %s index %I on %s using %s', case when indisunique then 'unique' else '' end,
                  index.relname, copy, substring(definition from position(' USING ' in definition) + 7))
      from the
      join pg_index on indrelid = the.oid
      join pg_class index on index.oid = indexrelid,
           lateral pg_get_indexdef(indexrelid) definition
     where not exists (select from pg_constraint where conindid = indexrelid)`.execute(tx);
  return rows.map(({ statement }) => statement);
};

export const dropSchemaOfBuild = async (tx: Transaction<unknown>, schema: string): Promise<void> => {
  await sql`drop schema if exists ${sql.id(schema)} cascade`.execute(tx);
};
