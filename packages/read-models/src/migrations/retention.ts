import { inEveryBuild } from '@mission-control/projections';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Webhooks from before this setting keep payloads as the installation's default says, which is for ever unless it is set. */
export const retention: Migration = {
  up: async (db: Kysely<unknown>) => {
    await inEveryBuild(db, 'configuration', async (build) => {
      await sql`
        alter table board_webhooks
          add column retention_max_age_days integer,
          add column retention_max_payloads integer`.execute(build);
    });
    await sql`
      create table payloads_removed_payloads (
        webhook_id uuid not null,
        payload_id uuid not null,
        deleted boolean not null,
        primary key (webhook_id, payload_id)
      )`.execute(db);
    await sql`
      create table memory_removed_entries (
        owner_id uuid not null,
        entry_id uuid not null,
        primary key (owner_id, entry_id)
      )`.execute(db);
  },
};
