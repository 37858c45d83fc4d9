import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Webhooks from before this setting keep `same`. Arrivals from before have no digest; version 2 of the projection `payloads` empties its
 * tables and reads them from the log again, so they need not be kept here.
 */
export const differingBodies: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`alter table board_webhooks add column dedupe_differing text not null default 'same'`.execute(
      db,
    );
    await sql`alter table board_webhook_payloads add column differing_arrivals integer not null default 0`.execute(
      db,
    );
    await sql`alter table board_webhook_payloads add column content_sha256 text not null default ''`.execute(
      db,
    );
    await sql`truncate webhook_payload_arrivals`.execute(db);
    await sql`
      alter table webhook_payload_arrivals
        add column sha256 text not null,
        add column content_sha256 text not null,
        add column size integer not null`.execute(db);
  },
};
