import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** For the deliveries of one webhook on a board with many. */
export const deliveriesByWebhook: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`create index webhook_deliveries_by_webhook on webhook_deliveries (webhook_id, position)`.execute(
      db,
    );
  },
};
