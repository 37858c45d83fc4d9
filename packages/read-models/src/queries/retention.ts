import { type Kysely, sql } from 'kysely';
import type { ReadModels } from '../tables/read-models.ts';

/** A webhook and what is stored of it. */
export interface StoredPayloads {
  readonly webhookId: string;
  readonly boardId: string;
  readonly retentionMaxAgeDays: number | null;
  readonly retentionMaxPayloads: number | null;
  /** When its oldest payload arrived first, ISO-8601. */
  readonly oldestReceivedAt: string;
  readonly payloads: number;
}

/** The webhooks that have payloads. Reads one payload and one counter per status of each. */
export const webhooksWithPayloads = async (db: Kysely<ReadModels>): Promise<StoredPayloads[]> => {
  const { rows } = await sql<{
    id: string;
    board_id: string;
    retention_max_age_days: number | null;
    retention_max_payloads: number | null;
    received_at: string;
    payloads: bigint;
  }>`
    select webhook.id, webhook.board_id, webhook.retention_max_age_days, webhook.retention_max_payloads,
           oldest.received_at, counted.payloads
      from board_webhooks webhook
     cross join lateral (
           select received_at from board_webhook_payloads
            where webhook_id = webhook.id order by position limit 1) oldest
     cross join lateral (
           select coalesce(sum(payloads), 0)::bigint as payloads from webhook_payload_counts
            where webhook_id = webhook.id) counted`.execute(db);
  return rows.map((row) => ({
    webhookId: row.id,
    boardId: row.board_id,
    retentionMaxAgeDays: row.retention_max_age_days,
    retentionMaxPayloads: row.retention_max_payloads,
    oldestReceivedAt: row.received_at,
    payloads: Number(row.payloads),
  }));
};

export interface OldPayload {
  readonly payloadId: string;
  /** Of its first arrival, in the payload stream. */
  readonly revision: number;
  readonly position: bigint;
  /** The event of its first arrival. */
  readonly eventId: string;
  readonly receivedAt: string;
}

/**
 * The oldest payloads of a webhook, in the order of their first arrivals.
 *
 * @param after only payloads whose first arrival is after this position; null: from the oldest
 */
export const listOldestPayloads = async (
  db: Kysely<ReadModels>,
  webhookId: string,
  after: bigint | null,
  limit: number,
): Promise<OldPayload[]> => {
  let query = db
    .selectFrom('board_webhook_payloads as payload')
    .innerJoin('webhook_payload_arrivals as arrival', (join) =>
      join
        .onRef('arrival.payload_id', '=', 'payload.id')
        .onRef('arrival.revision', '=', 'payload.stream_revision'),
    )
    .where('payload.webhook_id', '=', webhookId)
    .select([
      'payload.id as payloadId',
      'payload.stream_revision as revision',
      'payload.position',
      'arrival.event_id as eventId',
      'payload.received_at as receivedAt',
    ]);
  if (after !== null) query = query.where('payload.position', '>', after);
  return query.orderBy('payload.position').limit(limit).execute();
};

/** Whether an admin deleted the payload. */
export const isPayloadDeleted = async (
  db: Kysely<ReadModels>,
  webhookId: string,
  payloadId: string,
): Promise<boolean> => {
  const row = await db
    .selectFrom('payloads_removed_payloads')
    .select('deleted')
    .where('webhook_id', '=', webhookId)
    .where('payload_id', '=', payloadId)
    .executeTakeFirst();
  return row?.deleted === true;
};
