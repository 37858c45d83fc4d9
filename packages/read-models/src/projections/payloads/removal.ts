import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { PayloadStatus } from '../../tables/payloads.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { anyOf } from '../statements.ts';
import { moveCounts } from './counts.ts';

const payloadsAtATime = 5_000;

/**
 * Removes the payloads that the query selects, with arrivals, deliveries and counts. Each statement removes some thousand, so
 * that none times out.
 *
 * @param chosen a query for at most `limit` ids of payloads that still exist
 */
export const removePayloads = async (
  tx: Transaction<ReadModels>,
  chosen: (limit: number) => RawBuilder<unknown>,
): Promise<void> => {
  for (;;) {
    const { rows } = await sql<{ payload_id: string; webhook_id: string; status: PayloadStatus }>`
      delete from webhook_payload_states where payload_id = any(array(${chosen(payloadsAtATime)}))
      returning payload_id, webhook_id, status`.execute(tx);
    if (rows.length === 0) return;
    const ids = rows.map((row) => row.payload_id);
    await tx.deleteFrom('board_webhook_payloads').where('id', '=', anyOf(ids)).execute();
    await tx.deleteFrom('webhook_payload_arrivals').where('payload_id', '=', anyOf(ids)).execute();
    await removeDeliveries(tx, ids);
    await moveCounts(
      tx,
      rows.map((row) => ({ ...row, payloads: -1 })),
    );
  }
};

/** A delivery of several payloads stays while there is one of them. Then it is listed with the oldest that is left. */
const removeDeliveries = async (
  tx: Transaction<ReadModels>,
  payloadIds: readonly string[],
): Promise<void> => {
  const left = await tx
    .deleteFrom('webhook_coalesced_payloads')
    .where('payload_id', '=', anyOf(payloadIds))
    .returning('coalesced_id')
    .execute();
  const coalesced = anyOf(left.map((row) => row.coalesced_id));
  if (left.length > 0)
    await sql`
      update webhook_deliveries delivery set payload_id = oldest.payload_id
        from (select distinct on (coalesced_id) coalesced_id, payload_id from webhook_coalesced_payloads
               where coalesced_id = ${coalesced} order by coalesced_id, item) oldest
       where delivery.coalesced_id = oldest.coalesced_id`.execute(tx);
  await tx.deleteFrom('webhook_deliveries').where('payload_id', '=', anyOf(payloadIds)).execute();
};
