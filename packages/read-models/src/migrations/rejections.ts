import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Lengths are bigint, because a sender may declare any length. */
export const rejections: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`
      create table webhook_rejections (
        event_id uuid primary key,
        webhook_id uuid not null,
        board_id uuid not null,
        refused_at timestamptz(3) not null,
        status integer not null,
        code text not null,
        source_ip text not null,
        declared_bytes bigint,
        received_bytes bigint,
        omitted bigint not null,
        request_id text not null,
        stream_revision integer not null,
        position numeric(20) not null
      )`.execute(db);
    await sql`create index webhook_rejections_by_webhook on webhook_rejections (webhook_id, position)`.execute(
      db,
    );
    await sql`create table rejections_deleted_webhooks (webhook_id uuid primary key)`.execute(db);
  },
};
