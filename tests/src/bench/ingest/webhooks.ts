import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { asEvent, type EventContext, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { openKeyring } from '@mission-control/keyring';
import type { SignedRequest } from './apache-bench.ts';

export const secret = 'the same for all, so that one signature does for all';
const body = JSON.stringify({ event: 'load', text: 'x'.repeat(1024 - 29) });
const atOnce = 500;

const context: EventContext = {
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'bench' },
  correlationId: 'bench',
  causationId: null,
};

export interface BenchWebhook {
  readonly webhookId: string;
  readonly path: string;
}

/** A signed delivery of 1 KiB of JSON to a webhook. */
export const signedRequest = ({ path }: Pick<BenchWebhook, 'path'>): SignedRequest => ({
  path,
  body,
  headers: {
    'content-type': 'application/json',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  },
});

/** Creates webhooks in an event store, each with its own encrypted secret. */
export const createWebhooks = async (
  store: EventStore,
  encryptionKey: Buffer,
  amount: number,
): Promise<BenchWebhook[]> => {
  const keyring = await openKeyring(store, [encryptionKey], context);
  const create = async (): Promise<BenchWebhook> => {
    const [boardId, webhookId] = [randomUUID(), randomUUID()];
    const data = {
      webhookId,
      boardId,
      description: 'Load',
      enabled: true,
      agentId: null,
      secret: await keyring.encrypt(`webhook:${webhookId}`, secret),
      signatureScheme: 'hmac',
      signatureHeader: null,
    } as const;
    const created = asEvent({ type: 'WebhookCreated', data }, context);
    const result = await store.append(streams.webhook(webhookId), 'no_stream', [created]);
    if (!result.ok) throw new Error(result.reason);
    return { webhookId, path: `/api/v1/boards/${boardId}/webhooks/${webhookId}` };
  };
  const made: BenchWebhook[] = [];
  while (made.length < amount) {
    const count = Math.min(atOnce, amount - made.length);
    made.push(...(await Promise.all(Array.from({ length: count }, create))));
  }
  return made;
};

/** An event like that of a delivery from `signedRequest`, for appends without a gateway. */
export const arrivalLike = () => {
  const [payloadId, webhookId, boardId] = [randomUUID(), randomUUID(), randomUUID()];
  const occurredAt = new Date().toISOString();
  return {
    id: randomUUID(),
    type: 'WebhookPayloadReceived',
    data: {
      payloadId,
      boardId,
      webhookId,
      webhookRevision: 0,
      receivedAt: occurredAt,
      sourceIp: '127.0.0.1',
      contentType: 'application/json',
      headers: [
        ['connection', 'Keep-Alive'],
        ['content-length', '1024'],
        ['content-type', 'application/json'],
        ['x-hub-signature-256', '[redacted]'],
        ['host', '127.0.0.1:8000'],
        ['user-agent', 'ApacheBench/2.3'],
        ['accept', '*/*'],
      ],
      body: { enc: null, encoding: 'utf8', data: body },
      size: 1024,
      sha256: randomBytes(32).toString('hex'),
      verification: { verdict: 'verified', secret: 'current', scheme: 'hmac' },
      dedupe: { key: null, source: null, windowSeconds: 604_800 },
      fence: randomBytes(16).toString('hex'),
    },
    metadata: {
      ...context,
      schemaVersion: 1,
      traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
    },
  };
};
