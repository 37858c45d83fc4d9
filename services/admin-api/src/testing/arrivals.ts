import { createHash } from 'node:crypto';
import type { Branch } from '@mission-control/content-keys';
import {
  asEvent,
  captureHeaders,
  type DeliveryFact,
  defaultDedupeWindowSeconds,
  type EventData,
  newFence,
  newOrderedId,
  streams,
  wrapBody,
} from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';

const contextAt = (occurredAt: string) => ({
  occurredAt,
  actor: { kind: 'sender', id: '192.0.2.1' } as const,
  correlationId: 'test',
  causationId: null,
});

export interface Sent {
  readonly boardId: string;
  readonly webhookId: string;
  readonly body: string | Uint8Array;
  readonly contentType?: string;
  readonly payloadId?: string;
  readonly receivedAt?: string;
  /** Encrypts the content under a key of this branch; absent: it is stored in the clear. */
  readonly branch?: Branch | undefined;
  /** Set when the body is encoded. */
  readonly inflated?: EventData<'WebhookPayloadReceived'>['inflated'];
}

/** Appends an arrival as the gateway does. Resolves to the payload's id. */
export const arrive = async (store: EventStore, sent: Sent): Promise<string> => {
  const { boardId, webhookId, contentType = 'application/json', payloadId = newOrderedId() } = sent;
  const receivedAt = sent.receivedAt ?? new Date().toISOString();
  const body = Buffer.from(sent.body);
  const eventId = newOrderedId();
  const received = ['Content-Type', contentType, 'X-GitHub-Event', 'push', 'Accept', '*/*'];
  const plain = {
    ...{ sourceIp: '192.0.2.1', contentType },
    headers: captureHeaders([...received, 'Authorization', 'very secret'], []),
  };
  const content = sent.branch
    ? {
        ...{ sourceIp: null, contentType: null, headers: [] },
        body: sent.branch.encrypt({ webhookId, eventId }, { ...plain, deliveryName: null, body }),
      }
    : { ...plain, body: wrapBody(body) };
  const event = asEvent<'WebhookPayloadReceived'>(
    {
      type: 'WebhookPayloadReceived',
      data: {
        payloadId,
        boardId,
        webhookId,
        webhookRevision: 0,
        receivedAt,
        ...content,
        size: body.length,
        sha256: createHash('sha256').update(body).digest('hex'),
        ...(sent.inflated && { inflated: sent.inflated }),
        verification: { verdict: 'verified', scheme: 'github' },
        dedupe: { key: null, source: null, windowSeconds: defaultDedupeWindowSeconds },
        fence: newFence(),
      },
    },
    contextAt(receivedAt),
    eventId,
  );
  await store.append(streams.payloads(webhookId), 'any', [event]);
  return payloadId;
};

/** Appends a delivery event as the notifier does. */
export const deliver = async (store: EventStore, fact: DeliveryFact, at: string): Promise<void> => {
  await store.append(streams.delivery(fact.data.payloadId), 'any', [asEvent(fact, contextAt(at))]);
};

/** Appends a rejection as the gateway does. Resolves to the event's id. */
export const appendRejection = async (
  store: EventStore,
  rejection: EventData<'WebhookRequestRefused'>,
  requestId: string,
): Promise<string> => {
  const event = asEvent<'WebhookRequestRefused'>(
    { type: 'WebhookRequestRefused', data: rejection },
    { ...contextAt(rejection.refusedAt), correlationId: requestId },
  );
  await store.append(streams.rejections(rejection.webhookId), 'any', [event]);
  return event.id;
};
