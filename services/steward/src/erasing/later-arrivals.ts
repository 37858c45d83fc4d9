import { asEvent, deriveId, namespaces, newOrderedId, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { type LiveReadModels, listLaterArrivals } from '@mission-control/read-models';

/**
 * Erases what arrived for a payload after its content was erased: senders repeat. The read models say which arrivals no erasure names; a fact
 * for them is appended, and the rest follows from it. Its id follows from what it names, so that several stewards append one fact.
 */
export const eraseLaterArrivals = async (
  { store, readModels }: { readonly store: EventStore; readonly readModels: LiveReadModels },
  signal: AbortSignal,
): Promise<void> => {
  for (const { boardId, webhookId, payloadId, revisions } of await listLaterArrivals(readModels.db)) {
    signal.throwIfAborted();
    const reason = 'It arrived after the content of the payload was erased.';
    const data = { webhookId, boardId, payloadId, reason, revisions, undelivered: false };
    const id = deriveId(namespaces.event, ['WebhookPayloadErased', payloadId, revisions.join()]);
    const context = {
      occurredAt: new Date().toISOString(),
      actor: { kind: 'service', id: 'steward' },
      correlationId: newOrderedId(),
      causationId: null,
    } as const;
    // If the stream is gone, the webhook was deleted, and all its keys with it.
    await store.append(streams.removals(webhookId), 'any', [
      asEvent({ type: 'WebhookPayloadErased', data }, context, id),
    ]);
  }
};
