import { inEveryBuild } from '@mission-control/projections';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Webhooks from before these settings tell agents of every payload. */
export const filters: Migration = {
  up: async (db: Kysely<unknown>) => {
    await inEveryBuild(db, 'configuration', async (build) => {
      await sql`
        alter table board_webhooks
          add column notify_when text,
          add column ignore_actors text[] not null default '{}',
          add column actor text,
          add column delivery text not null default 'active'`.execute(build);
    });
    await inEveryBuild(db, 'payloads', async (build) => {
      await sql`alter table webhook_deliveries add column filter_error text`.execute(build);
    });
  },
};
