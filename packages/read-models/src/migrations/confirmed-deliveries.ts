import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What is known about a message beyond the acknowledgement. Older releases recorded only the acknowledgement: their deliveries keep that as
 * evidence, so nothing has to be read from the log again.
 */
export const confirmedDeliveries: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`
      alter table openclaw_gateways
        add column delivery_state text not null default 'unknown',
        add column delivery_since timestamptz(3),
        add column delivery_code text,
        add column delivery_detail text,
        add column pairing_request_id text,
        add column delivery_position numeric(20)`.execute(db);
    await sql`
      alter table webhook_deliveries
        add column gateway_id uuid,
        add column session_key text,
        add column evidence text,
        add column run_id text,
        add column run_outcome text,
        add column run_code text,
        add column detail text,
        add column sent_at timestamptz(3),
        add column told_at timestamptz(3),
        add column ended_at timestamptz(3),
        add column sent_again boolean not null default false`.execute(db);
    await sql`
      update webhook_deliveries set evidence = 'acknowledged', told_at = updated_at where status = 'told'`.execute(
      db,
    );
  },
};
