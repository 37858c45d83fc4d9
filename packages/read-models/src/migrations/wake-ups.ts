import { inEveryBuild } from '@mission-control/projections';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Webhooks from before this setting may tell their agents any number of times. */
export const wakeUps: Migration = {
  up: async (db: Kysely<unknown>) => {
    await inEveryBuild(db, 'configuration', async (build) => {
      await sql`alter table board_webhooks add column max_told_per_minute integer`.execute(build);
    });
  },
};
