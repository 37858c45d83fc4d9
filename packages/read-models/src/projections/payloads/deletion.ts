import { sql, type Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { removePayloads } from './removal.ts';

/** Removes every row of these webhooks. */
export const removePayloadsOf = async (
  tx: Transaction<ReadModels>,
  webhookIds: readonly string[],
): Promise<void> => {
  for (const webhookId of webhookIds) {
    await removePayloads(
      tx,
      (limit) =>
        sql`select payload_id from webhook_payload_states where webhook_id = ${webhookId} limit ${limit}`,
    );
  }
};
