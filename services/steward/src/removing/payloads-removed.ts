import { aggregates, beforeHiding, endDeliveries, loadAggregate } from '@mission-control/aggregates';
import { type EventData, streams } from '@mission-control/contracts';
import type { RemovalReason } from '@mission-control/domain';
import { type EventStore, lastEvent } from '@mission-control/event-store';
import { type Duty, type DutyContext, following, type Occasion } from '../duty.ts';
import { inGroups } from './in-groups.ts';

/**
 * After `WebhookPayloadsExpired`: tombstones the deliveries of the payloads, then truncates the payload stream, which thus shows that nothing
 * is left to do.
 */
export const afterPayloadsExpired = (
  occasion: Occasion,
  { webhookId, boardId, upToRevision, payloadIds = [] }: EventData<'WebhookPayloadsExpired'>,
): Duty => ({
  delayMs: 0,
  isLong: true,
  run: async (context) => {
    const { store, log, signal } = context;
    const stream = streams.payloads(webhookId);
    // The deletion of a webhook removes its payload stream, and decides what is kept of it.
    const isTruncated = await isActive(store, webhookId);
    if (isTruncated && !(await hasVisible(store, stream, upToRevision))) return;
    await inGroups(payloadIds, (payloadId) =>
      endLate(context, occasion, { webhookId, boardId, payloadId }, 'expired_undelivered'),
    );
    const deliveries = payloadIds.map((payloadId) => streams.delivery(payloadId));
    const hidden = deliveries.map((delivery) => ({ stream: delivery, before: null }));
    const truncated = isTruncated ? [{ stream, before: upToRevision + 1 }] : [];
    await beforeHiding(store, [...hidden, ...truncated], occasion.id, following(occasion), signal);
    await inGroups(deliveries, (delivery) => store.tombstone(delivery));
    if (isTruncated) await store.setStreamMetadata(stream, { truncateBefore: upToRevision + 1 });
    log.info(
      { board_id: boardId, webhook_id: webhookId, payloads: payloadIds.length, up_to_revision: upToRevision },
      'removed the data of expired payloads',
    );
  },
});

/** After `WebhookPayloadDeleted`: tombstones the deliveries of the payload. */
export const afterPayloadDeleted = (
  occasion: Occasion,
  { webhookId, boardId, payloadId, undelivered }: EventData<'WebhookPayloadDeleted'>,
): Duty => ({
  delayMs: 0,
  run: async (context) => {
    if (undelivered) context.metrics.deliveriesEnded(1, 'payload_deleted');
    await endLate(context, occasion, { webhookId, boardId, payloadId }, 'payload_deleted');
    const { store, signal } = context;
    const stream = streams.delivery(payloadId);
    if (await lastEvent(store, stream))
      await beforeHiding(store, [{ stream, before: null }], occasion.id, following(occasion), signal);
    await store.tombstone(stream);
  },
});

/** What was requested while the payload was being removed ends as well. */
const endLate = async (
  { store, metrics }: DutyContext,
  occasion: Occasion,
  payload: { webhookId: string; boardId: string; payloadId: string },
  reason: RemovalReason,
): Promise<void> => {
  const { ended } = await endDeliveries(
    store,
    payload,
    { reason, firstArrivalId: null },
    following(occasion),
  );
  metrics.deliveriesEnded(ended, reason);
};

const isActive = async (store: EventStore, webhookId: string): Promise<boolean> =>
  (await loadAggregate(store, aggregates.webhook, webhookId)).state.status === 'active';

const hasVisible = async (store: EventStore, stream: string, upToRevision: number): Promise<boolean> => {
  for await (const { revision } of store.readStream(stream, { limit: 1 })) return revision <= upToRevision;
  return false;
};
