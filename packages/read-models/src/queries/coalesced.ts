import type { Kysely } from 'kysely';
import type { WebhookCoalescedPayloadRow } from '../tables/payloads.ts';
import type { ReadModels } from '../tables/read-models.ts';

/** The events that name the payload together with others, oldest first. There is rarely more than one. */
export const listCoalescedOf = (
  db: Kysely<ReadModels>,
  payloadId: string,
): Promise<WebhookCoalescedPayloadRow[]> =>
  db
    .selectFrom('webhook_coalesced_payloads')
    .selectAll()
    .where('payload_id', '=', payloadId)
    .orderBy('revision')
    .execute();
