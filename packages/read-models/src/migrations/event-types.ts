import { inEveryBuild } from '@mission-control/projections';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Webhooks from before this setting read the event type where the senders of their scheme put it. Rows of payloads and entries from before
 * have no event type until their projections are rebuilt, which their versions demand. A table that a release before this one fills has
 * the defaults. The order of bytes makes `pull_request.*` a range of the index.
 */
export const eventTypes: Migration = {
  up: async (db: Kysely<unknown>) => {
    await inEveryBuild(db, 'configuration', async (build) => {
      await sql`alter table board_webhooks add column event_type text not null default 'scheme'`.execute(
        build,
      );
    });
    await inEveryBuild(db, 'payloads', async (build) => {
      await sql`
        create table payloads_webhook_settings (
          webhook_id uuid not null,
          revision integer not null,
          event_type text not null,
          primary key (webhook_id, revision)
        )`.execute(build);
      await sql`alter table board_webhook_payloads add column event_type text collate "C", add column sender text`.execute(
        build,
      );
      await sql`
        create index board_webhook_payloads_by_event
            on board_webhook_payloads (webhook_id, event_type, received_at, position)
         where event_type is not null`.execute(build);
    });
    await inEveryBuild(db, 'memory', async (build) => {
      await sql`alter table webhook_instructions add column event_type text not null default 'scheme'`.execute(
        build,
      );
      await sql`alter table board_memory add column event_type text collate "C"`.execute(build);
      await sql`
        create index board_memory_by_event on board_memory (board_id, event_type, created_at, id)
         where event_type is not null`.execute(build);
    });
  },
};
