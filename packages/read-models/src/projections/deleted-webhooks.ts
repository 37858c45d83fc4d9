import { type ProjectedEvent, statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../tables/read-models.ts';
import { inChunks } from './statements.ts';

/** The table in which a projection remembers the webhooks that are deleted for good. */
type DeletedWebhooks = 'payloads_deleted_webhooks' | 'rejections_deleted_webhooks';

/**
 * Deletion is final, so its position in the batch does not matter: no event of a deleted webhook leaves a row, whether it is an
 * arrival at a gateway that had not heard of the deletion or a late outcome. The webhooks that this batch deletes are remembered;
 * the caller removes their rows.
 */
export const withoutDeletedWebhooks = async (
  tx: Transaction<ReadModels>,
  table: DeletedWebhooks,
  events: readonly ProjectedEvent[],
): Promise<{ remaining: ProjectedEvent[]; deleted: string[] }> => {
  const known = await selectDeleted[table](tx, [
    [...new Set(events.flatMap((event) => webhookOf(event) ?? []))],
  ]);
  const gone = new Set(known.map((row) => row.webhook_id));
  const deleted: string[] = [];
  for (const event of events) {
    if (event.type !== 'WebhookDeleted' || gone.has(event.data.webhookId)) continue;
    gone.add(event.data.webhookId);
    deleted.push(event.data.webhookId);
  }
  for (const chunk of inChunks(deleted)) {
    await tx
      .insertInto(table)
      .values(chunk.map((webhook_id) => ({ webhook_id })))
      .execute();
  }
  const remaining = events.filter((event) => {
    const webhookId = webhookOf(event);
    return webhookId !== undefined && !gone.has(webhookId);
  });
  return { remaining, deleted };
};

const selectFrom = (table: DeletedWebhooks) =>
  statement<{ webhook_id: string }>(
    `select_${table}`,
    `select webhook_id from ${table} where webhook_id = any($1::uuid[])`,
  );

const selectDeleted = {
  payloads_deleted_webhooks: selectFrom('payloads_deleted_webhooks'),
  rejections_deleted_webhooks: selectFrom('rejections_deleted_webhooks'),
};

const webhookOf = ({ data }: ProjectedEvent): string | undefined =>
  'webhookId' in data ? (data.webhookId ?? undefined) : undefined;
