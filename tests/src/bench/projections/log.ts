import { hash, randomBytes, randomUUID } from 'node:crypto';
import {
  asEvent,
  type EventContext,
  type EventType,
  type Fact,
  newFence,
  newOrderedId,
  streams,
  wrapBody,
} from '@mission-control/contracts';
import type { EventStore, NewEvent } from '@mission-control/event-store';

/** A webhook on a board of its own. */
export interface FilledWebhook {
  readonly boardId: string;
  readonly webhookId: string;
}

const bodyBytes = 1024;
const perAppend = 100;
const webhooksInUse = 20;

/**
 * Fills an event store with what a gateway and a notifier write: arrivals of 1 KiB of JSON at 20 webhooks in turn, and three events for
 * the delivery of each, if asked for.
 *
 * @param amount of arrivals
 */
export const fillLog = async (
  store: EventStore,
  amount: number,
  { delivered = false }: { delivered?: boolean } = {},
): Promise<FilledWebhook[]> => {
  const webhooks: FilledWebhook[] = [];
  while (webhooks.length < webhooksInUse) webhooks.push(await createWebhook(store));
  const rest = { amount };
  const fill = async (webhook: FilledWebhook) => {
    while (rest.amount > 0) {
      const events = Array.from({ length: Math.min(perAppend, rest.amount) }, () => arrival(webhook));
      rest.amount -= events.length;
      await append(store, streams.payloads(webhook.webhookId), events);
      if (delivered) await Promise.all(events.map(({ data }) => deliver(store, data.payloadId, webhook)));
    }
  };
  await Promise.all(webhooks.map(fill));
  return webhooks;
};

const createWebhook = async (store: EventStore): Promise<FilledWebhook> => {
  const [boardId, webhookId] = [randomUUID(), randomUUID()];
  await append(store, streams.board(boardId), [
    fact({
      type: 'BoardCreated',
      data: { boardId, name: 'Bench', slug: boardId, description: '', gatewayId: null },
    }),
    fact({ type: 'WebhookAddedToBoard', data: { boardId, webhookId } }),
  ]);
  const settings = {
    description: 'Create a task for each push.',
    enabled: true,
    agentId: null,
    secret: null,
  };
  await append(store, streams.webhook(webhookId), [
    fact({
      type: 'WebhookCreated',
      data: { webhookId, boardId, ...settings, signatureScheme: 'none', signatureHeader: null },
    }),
  ]);
  return { boardId, webhookId };
};

const headers = (bytes: number): [string, string][] => [
  ['host', 'mission-control.example:8000'],
  ['user-agent', 'GitHub-Hookshot/4a1b2c3'],
  ['content-length', String(bytes)],
  ['accept', '*/*'],
  ['content-type', 'application/json'],
  ['x-github-delivery', randomUUID()],
  ['x-github-event', 'push'],
  ['x-hub-signature-256', '[redacted]'],
];

const arrival = ({ boardId, webhookId }: FilledWebhook) => {
  const body = Buffer.from(pushOfOneKibibyte());
  return fact({
    type: 'WebhookPayloadReceived',
    data: {
      payloadId: newOrderedId(),
      ...{ boardId, webhookId, webhookRevision: 0 },
      receivedAt: new Date().toISOString(),
      ...{ sourceIp: '127.0.0.1', contentType: 'application/json' },
      headers: headers(body.length),
      body: wrapBody(body),
      size: body.length,
      sha256: hash('sha256', body),
      verification: { verdict: 'unverified', scheme: 'none' },
      dedupe: { key: null, source: null, windowSeconds: 604_800 },
      fence: newFence(),
    },
  });
};

/** The beginning of what GitHub sends for a push: addresses, names, hashes and nested objects. */
const pushOfOneKibibyte = (): string => {
  const [before, after] = [randomBytes(20).toString('hex'), randomBytes(20).toString('hex')];
  const api = 'https://api.github.com/repos/octo-org/octo-repo';
  const push = {
    ref: 'refs/heads/main',
    ...{ before, after, created: false, deleted: false, forced: false },
    repository: {
      id: randomBytes(4).readUInt32BE(),
      ...{ name: 'octo-repo', full_name: 'octo-org/octo-repo', private: true },
      ...{ html_url: 'https://github.com/octo-org/octo-repo', commits_url: `${api}/commits{/sha}` },
      owner: { login: 'octo-org', type: 'Organization', site_admin: false },
    },
    head_commit: {
      ...{ id: after, timestamp: new Date().toISOString(), url: `${api}/commits/${after}` },
      author: { name: 'Mona Lisa', email: 'mona@github.example', username: 'octocat' },
      ...{ added: ['docs/new-page.md'], removed: [], modified: ['src/main.ts', 'package.json'] },
      message: '',
    },
  };
  const missing = bodyBytes - JSON.stringify(push).length;
  push.head_commit.message = 'Read the settings once, at the start. '.repeat(40).slice(0, missing);
  return JSON.stringify(push);
};

const deliver = (store: EventStore, payloadId: string, webhook: FilledWebhook): Promise<void> => {
  const delivery = { deliveryId: newOrderedId(), payloadId, ...webhook };
  const [agentId, idempotencyKey, runId] = [webhook.boardId, newOrderedId(), newOrderedId()];
  const target = {
    agentId,
    gatewayId: webhook.webhookId,
    sessionKey: `agent:main:${agentId}`,
    idempotencyKey,
  };
  return append(store, streams.delivery(payloadId), [
    fact({
      type: 'DeliveryAttempted',
      data: {
        ...{ ...delivery, ...target, arrivalRevision: 0, template: 2 },
        revisions: { board: 0, webhook: 0, agent: 0, gateway: 0 },
        ...{ baseUrl: 'http://mission-control.example:8000', textSha256: hash('sha256', idempotencyKey) },
      },
    }),
    fact({
      type: 'MessageConfirmed',
      data: { ...delivery, ...target, runId, attempt: 1, sentAgain: false, evidence: 'history' },
    }),
    fact({ type: 'AgentRunEnded', data: { ...delivery, runId, outcome: 'ok', code: null, detail: null } }),
  ]);
};

const fact = <T extends EventType>(given: Fact<T>) => asEvent(given, context());

const context = (): EventContext => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'bench' },
  correlationId: newOrderedId(),
  causationId: null,
});

const append = async (store: EventStore, stream: string, events: readonly NewEvent[]): Promise<void> => {
  const result = await store.append(stream, 'any', [...events]);
  if (!result.ok) throw new Error(`${stream}: ${result.reason}`);
};
