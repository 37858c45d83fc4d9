import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** A webhook from before this setting accepts no content encoding. */
export const contentEncodings: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`alter table board_webhooks add column content_encodings text[] not null default '{}'`.execute(
      db,
    );
  },
};
