import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const memory: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`
      create table board_memory (
        id uuid primary key,
        board_id uuid not null,
        content text not null,
        tags text[] not null,
        source text,
        is_chat boolean not null,
        webhook_id uuid,
        payload_id uuid,
        created_at timestamptz(3) not null,
        position numeric(20)
      )`.execute(db);
    await sql`create index board_memory_by_time on board_memory (board_id, created_at, id)`.execute(db);
    await sql`create index board_memory_by_kind on board_memory (board_id, is_chat, created_at, id)`.execute(
      db,
    );
    await sql`create index board_memory_by_position on board_memory (board_id, position) where position is not null`.execute(
      db,
    );
    await sql`create index board_memory_by_webhook on board_memory (webhook_id) where webhook_id is not null`.execute(
      db,
    );
    await sql`
      create table board_memory_counts (
        board_id uuid not null,
        is_chat boolean not null,
        entries bigint not null,
        primary key (board_id, is_chat)
      )`.execute(db);
    await sql`
      create table webhook_instructions (
        webhook_id uuid not null,
        revision integer not null,
        description text not null,
        primary key (webhook_id, revision)
      )`.execute(db);
    await sql`
      create table memory_deleted_owners (
        owner_id uuid primary key,
        cleaned boolean not null
      )`.execute(db);
  },
};
