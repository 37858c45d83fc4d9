import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** `payload` and headers are json, not jsonb: what the sender wrote is kept exactly, digit for digit, and `\u0000` is allowed. */
export const payloads: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`
      create table board_webhook_payloads (
        id uuid primary key,
        board_id uuid not null,
        webhook_id uuid not null,
        payload json not null,
        payload_encoding text not null,
        headers json not null,
        request_headers json not null,
        source_ip text not null,
        content_type text,
        received_at timestamptz(3) not null,
        sha256 text not null,
        size integer not null,
        signature_verdict text not null,
        signature_scheme text not null,
        status text not null,
        status_reason text,
        delivery_id uuid,
        arrivals integer not null,
        webhook_revision integer not null,
        stream_revision integer not null,
        position numeric(20) not null
      )`.execute(db);
    await sql`create index board_webhook_payloads_by_webhook on board_webhook_payloads (webhook_id, position)`.execute(
      db,
    );
    await sql`create index board_webhook_payloads_by_status on board_webhook_payloads (webhook_id, status, position)`.execute(
      db,
    );
    await sql`create index board_webhook_payloads_by_time on board_webhook_payloads (webhook_id, received_at)`.execute(
      db,
    );
    await sql`
      create table webhook_payload_arrivals (
        event_id uuid primary key,
        payload_id uuid not null,
        webhook_id uuid not null,
        revision integer not null,
        received_at timestamptz(3) not null,
        source_ip text not null
      )`.execute(db);
    await sql`create index webhook_payload_arrivals_by_payload on webhook_payload_arrivals (payload_id, revision)`.execute(
      db,
    );
    await sql`create index webhook_payload_arrivals_by_webhook on webhook_payload_arrivals (webhook_id, revision)`.execute(
      db,
    );
    await sql`
      create table webhook_deliveries (
        id uuid primary key,
        payload_id uuid not null,
        board_id uuid not null,
        webhook_id uuid not null,
        agent_id uuid,
        status text not null,
        reason text,
        attempts integer not null,
        requested_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        position numeric(20) not null,
        applied_position numeric(20) not null
      )`.execute(db);
    await sql`create index webhook_deliveries_by_payload on webhook_deliveries (payload_id, position)`.execute(
      db,
    );
    await sql`create index webhook_deliveries_by_board on webhook_deliveries (board_id, position)`.execute(
      db,
    );
    await sql`create index webhook_deliveries_by_status on webhook_deliveries (board_id, status, position)`.execute(
      db,
    );
    await sql`
      create table webhook_payload_counts (
        webhook_id uuid not null,
        status text not null,
        payloads bigint not null,
        primary key (webhook_id, status)
      )`.execute(db);
    await sql`create table payloads_deleted_webhooks (webhook_id uuid primary key)`.execute(db);
  },
};
