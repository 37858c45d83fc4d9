import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What changes about a payload gets a table of its own, so that a new status does not write the body again, and the existing rows are
 * converted. From here on this is the third version of the projection: a projector of an older release would write the statuses where
 * nobody reads them, so it is stopped. The old columns stay for the admin API of the release before, and for its rebuilds; they have
 * defaults, because nothing writes them now.
 */
export const payloadStates: Migration = {
  up: async (db) => {
    // Also waits for the batch in progress: what is converted is what the last projector of the older release has left.
    await sql`
      update projection_checkpoints set epoch = epoch + 1, version = case version when 2 then 3 else version end
       where projection = 'payloads' and version <= 2`.execute(db);
    await sql`
      create table webhook_payload_states (
        payload_id uuid not null,
        webhook_id uuid not null,
        position numeric(20) not null,
        received_at timestamptz(3) not null,
        status text not null,
        status_reason text,
        delivery_id uuid,
        arrivals integer not null,
        differing_arrivals integer not null
      ) with (fillfactor = 80)`.execute(db);
    await sql`
      insert into webhook_payload_states
      select id, webhook_id, position, received_at, status, status_reason, delivery_id, arrivals, differing_arrivals
        from board_webhook_payloads`.execute(db);
    await sql`alter table webhook_payload_states add primary key (payload_id)`.execute(db);
    await sql`
      create index webhook_payload_states_by_status
          on webhook_payload_states (webhook_id, status, received_at, position)`.execute(db);
    await sql`analyze webhook_payload_states`.execute(db);
    // Last, because it keeps readers out until the end of the transaction.
    await sql`drop index board_webhook_payloads_by_status`.execute(db);
    await sql`
      alter table board_webhook_payloads
        alter column status set default 'stored',
        alter column arrivals set default 1`.execute(db);
  },
};
