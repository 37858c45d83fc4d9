import { aggregates, loadAggregate } from '@mission-control/aggregates';
import type { PayloadEventType, WebhookPayloadReceived } from '@mission-control/contracts';
import { type ActiveWebhook, payloadEventType } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';

/**
 * The event type by the settings that the webhook had when the payload arrived, so that every attempt has the same text.
 *
 * @param known the webhook at another revision, for a delivery usually the same one; then nothing is read
 */
export const eventTypeAtReceipt = async (
  store: EventStore,
  payload: WebhookPayloadReceived,
  known: { readonly webhook: ActiveWebhook; readonly revision: number },
): Promise<PayloadEventType> => {
  const { webhookId, webhookRevision } = payload;
  if (webhookRevision === known.revision) return payloadEventType(payload, known.webhook.eventType);
  const { state } = await loadAggregate(store, aggregates.webhook, webhookId, webhookRevision);
  return payloadEventType(payload, state.status === 'active' ? state.eventType : undefined);
};
