import { type QueryExecutorProvider, sql } from 'kysely';

/** The schema of an installation's read models. null for the installation without a prefix: the first schema of the search path. */
export const schemaOf = (prefix: string): string | null => (prefix === '' ? null : `read_models_${prefix}`);

/** The prefix of the installation whose read models are in this schema. */
export const prefixOf = (schema: string | null): string => /^read_models_(.+)$/.exec(schema ?? '')?.[1] ?? '';

/** The schema of an installation's content keys. */
export const contentKeysSchemaOf = (prefix: string): string =>
  prefix === '' ? 'content_keys' : `content_keys_${prefix}`;

/** The schema that statements of this database use; null while it does not exist. */
export const currentSchema = async (db: QueryExecutorProvider): Promise<string | null> => {
  const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(db);
  return rows[0]?.schema ?? null;
};
