import { isEvent, isOrderedId } from '@mission-control/contracts';
import { type ProjectedEvent, statement } from '@mission-control/projections';
import { sql, type Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { anyOf } from '../statements.ts';
import { removePayloads } from './removal.ts';

/** A payload that this batch removes. `deleted`: by an admin; otherwise it expired. */
interface Removed {
  readonly webhookId: string;
  readonly payloadId: string;
  readonly deleted: boolean;
}

/**
 * A removed payload never comes back: neither an arrival before its removal nor a later one leaves a row. So the rows are the same whether
 * or not its first arrival can still be read. A payload without a sender's name has a random id and does not arrive again.
 *
 * @returns the events without those arrivals and the removals, in log order, and the payloads that the batch removes
 */
export const withoutRemovedPayloads = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<{ present: ProjectedEvent[]; removed: Removed[] }> => {
  const gone = await removedBefore(tx, events);
  const removed = new Map<string, Removed>();
  let present: ProjectedEvent[] = [];
  for (const event of events) {
    if (isEvent(event, 'WebhookPayloadDeleted', 'WebhookPayloadsExpired')) {
      const now = removedBy(event);
      const ids = new Set(now.map(({ payloadId }) => payloadId));
      present = present.filter(
        ({ data }) => !('payloadId' in data && data.payloadId && ids.has(data.payloadId)),
      );
      for (const one of now) {
        removed.set(one.payloadId, {
          ...one,
          deleted: one.deleted || removed.get(one.payloadId)?.deleted === true,
        });
        if (!isOrderedId(one.payloadId)) gone.add(one.payloadId);
      }
    } else if (!(isEvent(event, 'WebhookPayloadReceived') && gone.has(event.data.payloadId)))
      present.push(event);
  }
  return { present, removed: [...removed.values()] };
};

const removedBy = (event: ProjectedEvent): Removed[] => {
  if (isEvent(event, 'WebhookPayloadDeleted')) {
    const { webhookId, payloadId } = event.data;
    return [{ webhookId, payloadId, deleted: true }];
  }
  if (!isEvent(event, 'WebhookPayloadsExpired')) return [];
  const { webhookId, payloadIds = [] } = event.data;
  return payloadIds.map((payloadId) => ({ webhookId, payloadId, deleted: false }));
};

const removedBefore = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<Set<string>> => {
  const arrived = new Map<string, string>();
  for (const event of events) {
    if (isEvent(event, 'WebhookPayloadReceived') && !isOrderedId(event.data.payloadId))
      arrived.set(event.data.payloadId, event.data.webhookId);
  }
  if (arrived.size === 0) return new Set();
  const rows = await selectRemoved(tx, [[...arrived.values()], [...arrived.keys()]]);
  return new Set(rows.map((row) => row.payload_id));
};

const selectRemoved = statement<{ payload_id: string }>(
  'select_removed_payloads',
  `select removed.payload_id
     from unnest($1::uuid[], $2::uuid[]) arrived (webhook_id, payload_id)
     join payloads_removed_payloads removed
       on removed.webhook_id = arrived.webhook_id and removed.payload_id = arrived.payload_id`,
);

/** Removes the rows of payloads, and remembers those that may arrive again and those that an admin deleted. */
export const removeForGood = async (
  tx: Transaction<ReadModels>,
  removed: readonly Removed[],
): Promise<void> => {
  if (removed.length === 0) return;
  const ids = removed.map(({ payloadId }) => payloadId);
  await removePayloads(
    tx,
    (limit) => sql`select id from board_webhook_payloads where id = ${anyOf(ids)} limit ${limit}`,
  );
  const remembered = removed.filter(({ payloadId, deleted }) => deleted || !isOrderedId(payloadId));
  await insertRemoved(tx, [
    remembered.map((one) => one.webhookId),
    remembered.map((one) => one.payloadId),
    remembered.map((one) => one.deleted),
  ]);
};

const insertRemoved = statement(
  'insert_removed_payloads',
  `insert into payloads_removed_payloads as known (webhook_id, payload_id, deleted)
   select * from unnest($1::uuid[], $2::uuid[], $3::boolean[])
   on conflict (webhook_id, payload_id) do update set deleted = known.deleted or excluded.deleted`,
);

/** Nothing of a deleted webhook leaves a row anyway. */
export const forgetRemovedPayloadsOf = async (
  tx: Transaction<ReadModels>,
  webhookIds: readonly string[],
): Promise<void> => {
  if (webhookIds.length === 0) return;
  await tx.deleteFrom('payloads_removed_payloads').where('webhook_id', '=', anyOf(webhookIds)).execute();
};
