import { type DeliveryReference, isEvent, parseEvent } from '@mission-control/contracts';
import type { RecordedEvent } from '@mission-control/event-store';

type Parsed = ReturnType<typeof parseEvent<RecordedEvent>>;

/** What an event means for the outstanding deliveries. */
export type Meaning =
  | { readonly kind: 'asked'; readonly reference: DeliveryReference }
  | { readonly kind: 'settled'; readonly deliveryId: string }
  | { readonly kind: 'webhook_deleted'; readonly webhookId: string };

/** The event types that `meaningOf` understands. */
export const meaningfulTypes = [
  'WebhookPayloadReceived',
  'RedeliveryRequested',
  'AgentTold',
  'DeliveryParked',
  'DeliveryFailed',
  'WebhookDeleted',
] as const;

/** @throws Error for any other event type */
export const meaningOf = (recorded: RecordedEvent): Meaning => {
  const event = parseEvent(recorded);
  if (isEvent(event, 'WebhookPayloadReceived', 'RedeliveryRequested')) {
    return { kind: 'asked', reference: referenceOf(event as typeof event & Parsed) };
  }
  if (isEvent(event, 'AgentTold', 'DeliveryParked', 'DeliveryFailed')) {
    return { kind: 'settled', deliveryId: event.data.deliveryId };
  }
  if (isEvent(event, 'WebhookDeleted')) return { kind: 'webhook_deleted', webhookId: event.data.webhookId };
  throw new Error(`${event.type} was not asked for.`);
};

const referenceOf = (
  event: Parsed & { type: 'WebhookPayloadReceived' | 'RedeliveryRequested' },
): DeliveryReference => {
  const { payloadId, boardId, webhookId } = event.data;
  const { traceparent } = event.metadata;
  return {
    payloadId,
    boardId,
    webhookId,
    cause: {
      type: event.type,
      eventId: event.id,
      stream: event.stream,
      revision: event.revision,
      position: event.position.toString(),
    },
    ...(traceparent !== undefined && { traceparent }),
  };
};
