import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Older webhooks get the defaults of these settings; older payloads have no recorded secret. */
export const verification: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`
      alter table board_webhooks
        add column timestamp_tolerance_seconds integer not null default 300,
        add column allowed_ips text[] not null default '{}',
        add column dedupe text not null default 'scheme',
        add column dedupe_window_seconds integer not null default 604800,
        add column previous_secret_valid_until timestamptz(3)`.execute(db);
    await sql`alter table board_webhook_payloads add column signature_secret text`.execute(db);
  },
};
