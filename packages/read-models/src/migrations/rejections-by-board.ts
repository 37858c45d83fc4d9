import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** For the list of a whole board's rejections. */
export const rejectionsByBoard: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`create index webhook_rejections_by_board on webhook_rejections (board_id, position)`.execute(
      db,
    );
  },
};
