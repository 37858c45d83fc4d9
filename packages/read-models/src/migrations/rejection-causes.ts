import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Rejections from before causes were recorded have none. */
export const rejectionCauses: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`alter table webhook_rejections add column cause text, add column header_names text[]`.execute(
      db,
    );
  },
};
