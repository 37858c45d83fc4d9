import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const configuration: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`
      create table boards (
        id uuid primary key,
        name text not null,
        slug text not null,
        description text not null,
        gateway_id uuid,
        lead_agent_id uuid,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision integer not null,
        position numeric(20) not null
      )`.execute(db);
    await sql`create index boards_by_position on boards (position)`.execute(db);
    await sql`
      create table agents (
        id uuid primary key,
        board_id uuid not null,
        name text not null,
        openclaw_session_id text,
        token_hash text not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision integer not null,
        position numeric(20) not null
      )`.execute(db);
    await sql`create unique index agents_by_token_hash on agents (token_hash)`.execute(db);
    await sql`create index agents_by_board on agents (board_id, position)`.execute(db);
    await sql`create index agents_by_position on agents (position)`.execute(db);
    await sql`
      create table openclaw_gateways (
        id uuid primary key,
        name text not null,
        url text not null,
        has_token boolean not null,
        allow_insecure_tls boolean not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision integer not null,
        position numeric(20) not null
      )`.execute(db);
    await sql`create index openclaw_gateways_by_position on openclaw_gateways (position)`.execute(db);
    await sql`
      create table board_webhooks (
        id uuid primary key,
        board_id uuid not null,
        agent_id uuid,
        description text not null,
        enabled boolean not null,
        has_secret boolean not null,
        signature_scheme text not null,
        signature_header text,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null,
        revision integer not null,
        position numeric(20) not null
      )`.execute(db);
    await sql`create index board_webhooks_by_board on board_webhooks (board_id, position)`.execute(db);
  },
};
