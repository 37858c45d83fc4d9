import { inEveryBuild } from '@mission-control/projections';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Webhooks from before this setting may tell their agents any number of times. Entries of board memory from before do not say what became of
 * their payloads until the projection is rebuilt, which its version demands.
 */
export const wakeUps: Migration = {
  up: async (db: Kysely<unknown>) => {
    await inEveryBuild(db, 'configuration', async (build) => {
      await sql`alter table board_webhooks add column max_told_per_minute integer`.execute(build);
    });
    await inEveryBuild(db, 'memory', async (build) => {
      await sql`alter table board_memory add column note text, add column coalesced_id uuid`.execute(build);
      await sql`
        create index board_memory_by_coalesced on board_memory (coalesced_id)
         where coalesced_id is not null`.execute(build);
    });
  },
};
