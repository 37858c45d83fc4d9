import { inEveryBuild } from '@mission-control/projections';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Which webhooks have their content encrypted, and which arrivals are. */
export const encryptContent: Migration = {
  up: async (db: Kysely<unknown>) => {
    await inEveryBuild(db, 'configuration', async (build) => {
      await sql`alter table board_webhooks add column encrypt_content boolean`.execute(build);
    });
    await inEveryBuild(db, 'payloads', async (build) => {
      for (const table of ['board_webhook_payloads', 'webhook_payload_arrivals'])
        await sql`
          alter table ${sql.table(table)} add column encrypted boolean not null default false`.execute(build);
    });
  },
};
