import { type Kysely, sql } from 'kysely';
import type { ReadModels } from '../tables/read-models.ts';

/** Arrivals of a payload that came after its content was erased. */
export interface LaterArrivals {
  readonly boardId: string;
  readonly webhookId: string;
  readonly payloadId: string;
  /** In the payload stream. */
  readonly revisions: readonly number[];
}

/** The arrivals of erased payloads that no erasure names yet. Reads the arrivals of every erased payload. */
export const listLaterArrivals = async (db: Kysely<ReadModels>): Promise<LaterArrivals[]> => {
  const { rows } = await sql<LaterArrivals>`
    select payload.board_id as "boardId", payload.webhook_id as "webhookId", payload.id as "payloadId",
           array_agg(arrival.revision order by arrival.revision) as revisions
      from board_webhook_payloads payload
      join webhook_payload_arrivals arrival on arrival.payload_id = payload.id
     where payload.payload_encoding = 'erased' and not arrival.erased
     group by payload.id, payload.board_id, payload.webhook_id`.execute(db);
  return rows;
};

/** Whether the content of a payload was erased, as far as the audit index knows. */
export const isContentErased = async (db: Kysely<ReadModels>, payloadId: string): Promise<boolean> => {
  const found = await db
    .selectFrom('audit_events')
    .select('position')
    .where('payload_id', '=', payloadId)
    .where('type', '=', 'WebhookPayloadErased')
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
};
