import {
  type DeliveryReference,
  type DomainEvent,
  type EventContext,
  type EventData,
  isEvent,
  parseEvent,
  streams,
  type WebhookPayloadReceived,
} from '@mission-control/contracts';
import type { EventStore, RecordedEvent } from '@mission-control/event-store';

/** The event that causes a delivery, without the payload. */
export interface Cause {
  readonly type: DeliveryReference['cause']['type'];
  /** Also the delivery's id. */
  readonly eventId: string;
  readonly position: bigint;
  /** The id of the event `PayloadsCoalesced`, if it names several payloads. */
  readonly payloadId: string;
  readonly boardId: string;
  readonly webhookId: string;
  /** The agent that a redelivery names; null: the one that the configuration names. */
  readonly requestedAgentId: string | null;
  /** The arrival to tell; the first one of several. */
  readonly arrivalRevision: number;
  /** The payloads that are told together; null: one payload is told. */
  readonly coalesced: Coalesced | null;
  /** When the delivery was requested, milliseconds since 1970. */
  readonly requestedAt: number;
  /** No message was sent for the delivery before this. With a restored log it may have been sent at any time since. */
  readonly notBefore: { readonly position: bigint /** Milliseconds since 1970. */; readonly at: number };
  /** For the metadata of events that follow from the cause. */
  readonly context: Pick<EventContext, 'correlationId' | 'causationId' | 'traceparent'>;
}

export interface Coalesced {
  /** Of `PayloadsCoalesced` in its stream. */
  readonly revision: number;
  /** Oldest first. */
  readonly payloads: EventData<'PayloadsCoalesced'>['payloads'];
}

export interface ReadCause {
  readonly cause: Cause;
  /** null: its retention has ended, or several payloads are told. */
  readonly payload: WebhookPayloadReceived | null;
}

/** `gone`: the event no longer exists, or the reference was made for another log. */
export const readCause = async (
  store: EventStore,
  reference: DeliveryReference,
): Promise<ReadCause | 'gone'> => {
  const { stream, revision } = reference.cause;
  return causeIn(store, reference, await store.readEvent(stream, revision));
};

/**
 * Reads the causes of deliveries with one request.
 *
 * @param references of successive revisions of one stream
 * @returns the causes in the same order
 */
export const readCauses = async (
  store: EventStore,
  references: readonly DeliveryReference[],
): Promise<(ReadCause | 'gone')[]> => {
  const [first, ...others] = references;
  if (!first) return [];
  if (others.length === 0) return [await readCause(store, first)];
  const { stream, revision: from } = first.cause;
  const recorded = new Map<number, RecordedEvent>();
  for await (const event of store.readStream(stream, { from, limit: references.length }))
    recorded.set(event.revision, event);
  return Promise.all(
    references.map((one) => causeIn(store, one, recorded.get(one.cause.revision) ?? 'gone')),
  );
};

const causeIn = async (
  store: EventStore,
  { cause: named }: DeliveryReference,
  recorded: RecordedEvent | 'gone',
): Promise<ReadCause | 'gone'> => {
  if (recorded === 'gone' || recorded.id !== named.eventId) return 'gone';
  const event = parseEvent(recorded);
  if (!isEvent(event, 'WebhookPayloadReceived', 'PayloadsCoalesced', 'RedeliveryRequested')) return 'gone';
  const { boardId, webhookId } = event.data;
  const { correlationId, traceparent, occurredAt } = event.metadata;
  const own = placeOf({ ...recorded, metadata: event.metadata });
  const common = {
    eventId: event.id,
    position: recorded.position,
    payloadId: event.type === 'PayloadsCoalesced' ? event.id : event.data.payloadId,
    boardId,
    webhookId,
    requestedAgentId: null,
    coalesced: null,
    requestedAt: Date.parse(occurredAt),
    context: { correlationId, causationId: event.id, ...(traceparent !== undefined && { traceparent }) },
  };
  if (event.type === 'WebhookPayloadReceived') {
    const arrival = { arrivalRevision: recorded.revision, notBefore: own };
    return { cause: { ...common, type: event.type, ...arrival }, payload: event.data };
  }
  if (event.type === 'PayloadsCoalesced') {
    const coalesced = { revision: recorded.revision, payloads: event.data.payloads };
    const [first, last] = [event.data.payloads.at(0), event.data.payloads.at(-1)];
    // The relay decides the same again, under the same id, if a restored log does not have the event.
    const newest = last && (await readArrivalEvent(store, webhookId, last.arrivalRevision));
    const arrival = {
      arrivalRevision: first?.arrivalRevision ?? 0,
      notBefore: newest ? placeOf(newest) : own,
    };
    return { cause: { ...common, type: event.type, coalesced, ...arrival }, payload: null };
  }
  const { arrivalRevision, agentId: requestedAgentId, coalescedRevision } = event.data;
  const coalesced =
    coalescedRevision === undefined ? null : await readCoalesced(store, webhookId, coalescedRevision);
  const arrival = await readArrivalEvent(store, webhookId, arrivalRevision);
  // The steward requests the same redelivery again, under the same id, if a restored log does not have it.
  const notBefore = arrival && event.metadata.actor.kind === 'service' ? placeOf(arrival) : own;
  return {
    cause: { ...common, type: event.type, requestedAgentId, arrivalRevision, coalesced, notBefore },
    payload: coalesced ? null : (arrival?.data ?? null),
  };
};

const readCoalesced = async (store: EventStore, webhookId: string, revision: number): Promise<Coalesced> => {
  const recorded = await store.readEvent(streams.coalesced(webhookId), revision);
  const event = recorded === 'gone' ? null : parseEvent(recorded);
  // It is hidden only when all of its payloads are removed.
  return { revision, payloads: event && isEvent(event, 'PayloadsCoalesced') ? event.data.payloads : [] };
};

/** null: its retention has ended. */
export const readArrival = async (
  store: EventStore,
  webhookId: string,
  revision: number,
): Promise<WebhookPayloadReceived | null> =>
  (await readArrivalEvent(store, webhookId, revision))?.data ?? null;

const readArrivalEvent = async (store: EventStore, webhookId: string, revision: number) => {
  const recorded = await store.readEvent(streams.payloads(webhookId), revision);
  if (recorded === 'gone') return null;
  const event = parseEvent(recorded);
  return isEvent(event, 'WebhookPayloadReceived') ? { ...event, position: recorded.position } : null;
};

const placeOf = ({
  position,
  metadata,
}: Pick<RecordedEvent, 'position'> & Pick<DomainEvent, 'metadata'>) => ({
  position,
  at: Date.parse(metadata.occurredAt),
});
