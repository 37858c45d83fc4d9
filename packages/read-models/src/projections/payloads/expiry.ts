import type { EventData } from '@mission-control/contracts';
import { sql, type Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { removePayloads } from './removal.ts';

/** Removes payloads that arrived at or before the revision and not again since. */
export const expirePayloads = (
  tx: Transaction<ReadModels>,
  { webhookId, upToRevision }: EventData<'WebhookPayloadsExpired'>,
): Promise<void> =>
  removePayloads(
    tx,
    (limit) => sql`
      select distinct old.payload_id
        from webhook_payload_arrivals old
       where old.webhook_id = ${webhookId} and old.revision <= ${upToRevision}
         and not exists (
             select from webhook_payload_arrivals later
              where later.payload_id = old.payload_id and later.revision > ${upToRevision})
       limit ${limit}`,
  );
