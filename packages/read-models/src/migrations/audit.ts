import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { frequentTypes } from '../audit-index.ts';

/**
 * An index ends with the position, so that a filtered list is read in log order, unless it finds few events. Each one costs half as much as
 * the row, so the rows of payloads are in those only that find single events, requests, payloads and webhooks. What names a board, an agent
 * or an OpenClaw gateway is found by reading in log order.
 */
const indexes = {
  by_event: '(event_id)',
  by_time: '(recorded_at, position)',
  // Shorter than the ids.
  by_correlation: '(hashtext(correlation_id), position)',
  by_type: `(type, position) where type not in (${frequentTypes.map((type) => `'${type}'`)})`,
  by_actor: `(actor_kind, actor_id, position)
    where actor_kind in ('admin', 'agent') or (actor_kind = 'service' and actor_id <> 'notifier')`,
  by_stream: '(stream, position) where stream is not null',
  by_webhook: '(webhook_id, position) where webhook_id is not null',
  by_payload: '(payload_id) where payload_id is not null',
} as const;

/** The audit index: which events there are, and from when until when something existed. */
export const audit: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`
      create table audit_events (
        position numeric(20) primary key,
        event_id uuid not null,
        stream text collate "C",
        revision integer not null,
        type text collate "C" not null,
        recorded_at timestamptz(3) not null,
        occurred_at timestamptz(3) not null,
        actor_kind text collate "C" not null,
        actor_id text collate "C",
        correlation_id text collate "C" not null,
        causation_id text collate "C",
        board_id uuid,
        webhook_id uuid,
        payload_id uuid,
        agent_id uuid,
        gateway_id uuid
      )`.execute(db);
    for (const [name, of] of Object.entries(indexes)) {
      await sql`create index ${sql.ref(`audit_events_${name}`)} on audit_events ${sql.raw(of)}`.execute(db);
    }
    await sql`
      create table audit_resources (
        kind text not null,
        id uuid not null,
        board_id uuid,
        created_position numeric(20),
        deleted_position numeric(20),
        primary key (kind, id)
      )`.execute(db);
    await sql`
      create table audit_removals (
        id uuid primary key,
        owner_id uuid not null,
        position numeric(20) not null
      )`.execute(db);
    await sql`create index audit_removals_by_owner on audit_removals (owner_id)`.execute(db);
    await sql`create index audit_resources_by_creation on audit_resources (kind, created_position)`.execute(
      db,
    );
    await sql`create index audit_resources_by_board on audit_resources (kind, board_id, created_position)`.execute(
      db,
    );
  },
};
