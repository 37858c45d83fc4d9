import {
  type DeliveryReference,
  type EventContext,
  isEvent,
  parseEvent,
  streams,
  type WebhookPayloadReceived,
} from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';

/** The event that causes a delivery, without the payload. */
export interface Cause {
  readonly type: 'WebhookPayloadReceived' | 'RedeliveryRequested';
  /** Also the delivery's id. */
  readonly eventId: string;
  readonly position: bigint;
  readonly payloadId: string;
  readonly boardId: string;
  readonly webhookId: string;
  /** The agent that a redelivery names; null: the one that the configuration names. */
  readonly requestedAgentId: string | null;
  readonly arrivalRevision: number;
  /** When the delivery was requested, milliseconds since 1970. */
  readonly requestedAt: number;
  /** For the metadata of events that follow from the cause. */
  readonly context: Pick<EventContext, 'correlationId' | 'causationId' | 'traceparent'>;
}

export interface ReadCause {
  readonly cause: Cause;
  /** null: its retention has ended. */
  readonly payload: WebhookPayloadReceived | null;
}

/** `gone`: the event no longer exists, or the reference was made for another log. */
export const readCause = async (
  store: EventStore,
  { cause: named }: DeliveryReference,
): Promise<ReadCause | 'gone'> => {
  const recorded = await store.readEvent(named.stream, named.revision);
  if (recorded === 'gone' || recorded.id !== named.eventId) return 'gone';
  const event = parseEvent(recorded);
  if (!isEvent(event, 'WebhookPayloadReceived', 'RedeliveryRequested')) return 'gone';
  const { payloadId, boardId, webhookId } = event.data;
  const { correlationId, traceparent, occurredAt } = event.metadata;
  const common = {
    eventId: event.id,
    position: recorded.position,
    payloadId,
    boardId,
    webhookId,
    requestedAt: Date.parse(occurredAt),
    context: { correlationId, causationId: event.id, ...(traceparent !== undefined && { traceparent }) },
  };
  if (event.type === 'WebhookPayloadReceived') {
    const arrival = { requestedAgentId: null, arrivalRevision: recorded.revision };
    return { cause: { ...common, type: event.type, ...arrival }, payload: event.data };
  }
  const { arrivalRevision, agentId } = event.data;
  return {
    cause: { ...common, type: event.type, requestedAgentId: agentId, arrivalRevision },
    payload: await readArrival(store, webhookId, arrivalRevision),
  };
};

/** null: its retention has ended. */
export const readArrival = async (
  store: EventStore,
  webhookId: string,
  revision: number,
): Promise<WebhookPayloadReceived | null> => {
  const recorded = await store.readEvent(streams.payloads(webhookId), revision);
  if (recorded === 'gone') return null;
  const event = parseEvent(recorded);
  return event.type === 'WebhookPayloadReceived' ? event.data : null;
};
