import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const replays: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`
      create table replays (
        id uuid primary key,
        board_id uuid not null,
        webhook_id uuid,
        agent_id uuid,
        reason text not null,
        rate double precision not null,
        filter json not null,
        state text not null,
        total integer not null,
        handled integer not null,
        under_way integer not null,
        done integer not null,
        failed integer not null,
        skipped integer not null,
        requested_by_kind text not null,
        requested_by text not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        ended_at timestamptz(3),
        position numeric(20) not null,
        applied_revision integer not null
      )`.execute(db);
    await sql`create index replays_by_board on replays (board_id, position)`.execute(db);
    await sql`create index replays_by_webhook on replays (webhook_id, position)`.execute(db);
    await sql`
      create table replay_items (
        replay_id uuid not null,
        item integer not null,
        payload_id uuid not null,
        webhook_id uuid,
        state text not null,
        reason text not null,
        primary key (replay_id, item)
      )`.execute(db);
  },
};
