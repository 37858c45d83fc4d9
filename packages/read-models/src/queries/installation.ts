import type { Kysely } from 'kysely';
import type { ReadModels } from '../tables/read-models.ts';

/** The id of the installation whose read models these are. Rejects while the projector has not migrated them. */
export const readInstallationId = async (db: Kysely<ReadModels>): Promise<string> => {
  const { id } = await db.selectFrom('installation').select('id').executeTakeFirstOrThrow();
  return id;
};

/** Replaces the id that the read models were created with. */
export const keepInstallationId = async (db: Kysely<ReadModels>, id: string): Promise<void> => {
  await db.updateTable('installation').set({ id }).where('id', '!=', id).execute();
};
