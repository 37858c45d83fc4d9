import {
  type DeliveryReference,
  type EventContext,
  isEvent,
  parseEvent,
  streams,
  type WebhookPayloadReceived,
} from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';

/** The event that causes a delivery, with everything that the delivery needs from it. */
export interface Cause {
  readonly type: 'WebhookPayloadReceived' | 'RedeliveryRequested';
  /** Also the delivery's id. */
  readonly eventId: string;
  readonly payloadId: string;
  readonly boardId: string;
  readonly webhookId: string;
  /** The agent that a redelivery names; null: the one that the configuration names. */
  readonly requestedAgentId: string | null;
  readonly arrivalRevision: number;
  /** null: its retention has ended. */
  readonly payload: WebhookPayloadReceived | null;
  /** For the metadata of events that follow from the cause. */
  readonly context: Pick<EventContext, 'correlationId' | 'causationId' | 'traceparent'>;
}

/** `gone`: the event no longer exists, or the reference was made for another log. */
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
