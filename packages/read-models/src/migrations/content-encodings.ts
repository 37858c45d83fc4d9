import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Webhooks from before this setting accept no content encoding. */
export const contentEncodings: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`alter table board_webhooks add column content_encodings text[] not null default '{}'`.execute(
      db,
    );
  },
};
