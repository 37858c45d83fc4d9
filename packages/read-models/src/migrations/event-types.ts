import { inEveryBuild } from '@mission-control/projections';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Webhooks from before this setting read the event type where the senders of their scheme put it. */
export const eventTypes: Migration = {
  up: async (db: Kysely<unknown>) => {
    await inEveryBuild(db, 'configuration', async (build) => {
      await sql`alter table board_webhooks add column event_type text not null default 'scheme'`.execute(
        build,
      );
    });
  },
};
