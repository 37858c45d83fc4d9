import type { ProjectedEvent } from '@mission-control/projections';
import { sql, type Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { anyOf, inChunks } from '../statements.ts';
import { removePayloads } from './removal.ts';

/**
 * Deletion is for good, so it does not matter where in the batch it stands: nothing that the log says of a deleted webhook
 * leaves a row, be it an arrival at a gateway that had not heard of it or a late outcome.
 */
export const withoutDeletedWebhooks = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<{ remaining: ProjectedEvent[]; deleted: string[] }> => {
  const known = await tx
    .selectFrom('payloads_deleted_webhooks')
    .select('webhook_id')
    .where('webhook_id', '=', anyOf(events.flatMap((event) => webhookOf(event) ?? [])))
    .execute();
  const gone = new Set(known.map((row) => row.webhook_id));
  const deleted: string[] = [];
  for (const event of events) {
    if (event.type !== 'WebhookDeleted' || gone.has(event.data.webhookId)) continue;
    gone.add(event.data.webhookId);
    deleted.push(event.data.webhookId);
  }
  const remaining = events.filter((event) => {
    const webhookId = webhookOf(event);
    return webhookId !== undefined && !gone.has(webhookId);
  });
  return { remaining, deleted };
};

const webhookOf = ({ data }: ProjectedEvent): string | undefined =>
  'webhookId' in data ? data.webhookId : undefined;

/** Removes every row of these webhooks and remembers that they are gone. */
export const forgetDeletedWebhooks = async (
  tx: Transaction<ReadModels>,
  webhookIds: readonly string[],
): Promise<void> => {
  for (const chunk of inChunks(webhookIds)) {
    await tx
      .insertInto('payloads_deleted_webhooks')
      .values(chunk.map((webhook_id) => ({ webhook_id })))
      .execute();
  }
  for (const webhookId of webhookIds) {
    await removePayloads(
      tx,
      (limit) => sql`select id from board_webhook_payloads where webhook_id = ${webhookId} limit ${limit}`,
    );
  }
};
