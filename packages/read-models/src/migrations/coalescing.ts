import { inEveryBuild } from '@mission-control/projections';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Webhooks from before this setting tell each payload alone, and deliveries from before are of one payload. */
export const coalescing: Migration = {
  up: async (db: Kysely<unknown>) => {
    await inEveryBuild(db, 'configuration', async (build) => {
      await sql`alter table board_webhooks add column coalesce jsonb`.execute(build);
    });
    await inEveryBuild(db, 'payloads', async (build) => {
      await sql`alter table webhook_deliveries add column coalesced_id uuid`.execute(build);
      await sql`
        create index webhook_deliveries_by_coalesced on webhook_deliveries (coalesced_id)
         where coalesced_id is not null`.execute(build);
      await sql`
        create table webhook_coalesced_payloads (
          coalesced_id uuid not null,
          payload_id uuid not null,
          webhook_id uuid not null,
          revision integer not null,
          item integer not null,
          primary key (coalesced_id, payload_id)
        )`.execute(build);
      await sql`
        create index webhook_coalesced_payloads_by_payload on webhook_coalesced_payloads (payload_id)`.execute(
        build,
      );
    });
  },
};
