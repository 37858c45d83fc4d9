import { type EventData, streams } from '@mission-control/contracts';
import { statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';

/** Each statement removes some thousand rows, so that none times out. */
const rowsAtATime = 5_000;

/** Removes the arrivals that have expired, and the deliveries of payloads that have no other arrival before the expiry. */
export const forgetExpired = async (
  tx: Transaction<ReadModels>,
  { webhookId, upToRevision }: EventData<'WebhookPayloadsExpired'>,
  position: bigint,
): Promise<void> => {
  const stream = streams.payloads(webhookId);
  for (;;) {
    const expired = await deleteArrivals(tx, [webhookId, stream, upToRevision, rowsAtATime]);
    if (expired.length === 0) return;
    await deleteDeliveries(tx, [[...new Set(expired.map(({ payload_id }) => payload_id))], position]);
  }
};

/** Removes the arrivals and deliveries of these webhooks. */
export const forgetPayloadsOf = async (
  tx: Transaction<ReadModels>,
  webhookIds: readonly string[],
): Promise<void> => {
  for (const webhookId of webhookIds) {
    while ((await deletePayloadsOf(tx, [webhookId, rowsAtATime])).length > 0);
  }
};

const deleteArrivals = statement<{ payload_id: string }>(
  'delete_expired_audit_arrivals',
  `delete from audit_events
    where position = any(array(
          select position from audit_events
           where webhook_id = $1::uuid and stream = $2 and revision <= $3::integer limit $4::integer))
   returning payload_id`,
);

const deleteDeliveries = statement(
  'delete_expired_audit_deliveries',
  `delete from audit_events delivery
    where delivery.payload_id = any($1::uuid[]) and delivery.stream = 'delivery-' || delivery.payload_id::text
      and not exists (
          select from audit_events arrival
           where arrival.payload_id = delivery.payload_id and arrival.type = 'WebhookPayloadReceived'
             and arrival.position < $2::numeric)`,
);

const deletePayloadsOf = statement<{ position: bigint }>(
  'delete_audit_payloads_of_webhook',
  `delete from audit_events
    where position = any(array(
          select position from audit_events
           where webhook_id = $1::uuid
             and (stream = 'payloads-' || webhook_id::text or stream = 'delivery-' || payload_id::text)
           limit $2::integer))
   returning position`,
);
