import { isEvent } from '@mission-control/contracts';
import { type ProjectedEvent, statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { AuditRemovalRow } from '../../tables/audit.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { rowsStatement } from '../rows-statement.ts';

/** Each statement removes some thousand rows, so that none times out. */
const rowsAtATime = 5_000;

/** What an event removes for good: payloads and memory entries. */
export const removalsBy = (event: ProjectedEvent): AuditRemovalRow[] => {
  const rowsOf = (owner_id: string, ids: readonly string[]) =>
    ids.map((id) => ({ id, owner_id, position: event.position }));
  if (isEvent(event, 'WebhookPayloadDeleted')) return rowsOf(event.data.webhookId, [event.data.payloadId]);
  if (isEvent(event, 'WebhookPayloadsExpired'))
    return rowsOf(event.data.webhookId, event.data.payloadIds ?? []);
  if (isEvent(event, 'MemoryEntriesPruned')) return rowsOf(event.data.boardId, event.data.entryIds);
  return [];
};

/** Remembers what was removed by which event, the first one if there are several, and removes the rows of these payloads. */
export const recordRemovals = async (
  tx: Transaction<ReadModels>,
  removals: readonly AuditRemovalRow[],
): Promise<void> => {
  for (let at = 0; at < removals.length; at += rowsAtATime) {
    const some = removals.slice(at, at + rowsAtATime);
    await insertRemovals(tx, some);
    await deletePayloads(tx, [some.map(({ id }) => id)]);
  }
};

/** Removes what is known of the payloads of these webhooks: arrivals, deliveries and removals, whose streams are tombstoned. */
export const forgetPayloadsOf = async (
  tx: Transaction<ReadModels>,
  webhookIds: readonly string[],
): Promise<void> => {
  if (webhookIds.length === 0) return;
  for (const webhookId of webhookIds) {
    while ((await deletePayloadsOf(tx, [webhookId, rowsAtATime])).length > 0);
  }
  await deleteRemovalsOf(tx, [webhookIds]);
};

const insertRemovals = rowsStatement<AuditRemovalRow>(
  'insert_audit_removals',
  { id: 'uuid', owner_id: 'uuid', position: 'numeric' },
  (columns, rows) =>
    `insert into audit_removals (${columns})
     select distinct on (id) ${columns} from ${rows} removed order by id, position on conflict do nothing`,
);

const deletePayloads = statement(
  'delete_removed_audit_payloads',
  'delete from audit_events where payload_id = any($1::uuid[]) and stream is null',
);

const deletePayloadsOf = statement<{ position: bigint }>(
  'delete_audit_payloads_of_webhook',
  `delete from audit_events
    where position = any(array(
          select position from audit_events
           where webhook_id = $1::uuid
             and (stream is null
                  or stream in ('removals-' || webhook_id::text, 'coalesced-' || webhook_id::text))
           limit $2::integer))
   returning position`,
);

const deleteRemovalsOf = statement(
  'delete_audit_removals_of_webhooks',
  'delete from audit_removals where owner_id = any($1::uuid[])',
);
