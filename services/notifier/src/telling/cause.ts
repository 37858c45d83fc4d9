import {
  type DeliveryReference,
  type EventContext,
  isEvent,
  parseEvent,
  streams,
  type WebhookPayloadReceived,
} from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';

/** What asks for a delivery, with all that a delivery needs of it. */
export interface Cause {
  readonly type: 'WebhookPayloadReceived' | 'RedeliveryRequested';
  /** Names the delivery. */
  readonly eventId: string;
  readonly payloadId: string;
  readonly boardId: string;
  readonly webhookId: string;
  /** Whom a redelivery names; null: whoever is meant by the configuration. */
  readonly requestedAgentId: string | null;
  readonly arrivalRevision: number;
  /** null: past its retention. */
  readonly payload: WebhookPayloadReceived | null;
  /** For events that follow from it. */
  readonly context: Pick<EventContext, 'correlationId' | 'causationId' | 'traceparent'>;
}

/** `gone`: the event is no longer there, or the log is another one than the reference speaks of. */
export const readCause = async (store: EventStore, { cause }: DeliveryReference): Promise<Cause | 'gone'> => {
  const recorded = await store.readEvent(cause.stream, cause.revision);
  if (recorded === 'gone' || recorded.id !== cause.eventId) return 'gone';
  const event = parseEvent(recorded);
  if (!isEvent(event, 'WebhookPayloadReceived', 'RedeliveryRequested')) return 'gone';
  const { payloadId, boardId, webhookId } = event.data;
  const { correlationId, traceparent } = event.metadata;
  const common = {
    eventId: event.id,
    payloadId,
    boardId,
    webhookId,
    context: { correlationId, causationId: event.id, ...(traceparent !== undefined && { traceparent }) },
  };
  if (event.type === 'WebhookPayloadReceived') {
    return {
      ...common,
      type: event.type,
      requestedAgentId: null,
      arrivalRevision: recorded.revision,
      payload: event.data,
    };
  }
  const { arrivalRevision, agentId } = event.data;
  const payload = await readArrival(store, webhookId, arrivalRevision);
  return { ...common, type: event.type, requestedAgentId: agentId, arrivalRevision, payload };
};

const readArrival = async (
  store: EventStore,
  webhookId: string,
  revision: number,
): Promise<WebhookPayloadReceived | null> => {
  const recorded = await store.readEvent(streams.payloads(webhookId), revision);
  if (recorded === 'gone') return null;
  const event = parseEvent(recorded);
  return event.type === 'WebhookPayloadReceived' ? event.data : null;
};
