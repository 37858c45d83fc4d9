import { hash, randomUUID } from 'node:crypto';
import { asEvent, type EventType, type Fact, streams, wrapBody } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';

export const ids = {
  board: '2f1b7a3e-7c41-4f0e-8a55-0c9b8f0d1e01',
  otherBoard: '2f1b7a3e-7c41-4f0e-8a55-0c9b8f0d1e02',
  webhook: '6a0d9c52-3c0b-4c5e-9d52-7c1f2a3b4c02',
  agent: 'c2b8e8b4-0d0a-4c8f-8f5e-1a2b3c4d5e03',
  gateway: 'd9a4f0e6-5b1c-4d2e-9f3a-2b3c4d5e6f04',
  payload: '11111111-5b1c-4d2e-9f3a-2b3c4d5e6f05',
  otherPayload: '22222222-5b1c-4d2e-9f3a-2b3c4d5e6f06',
  entry: '33333333-5b1c-4d2e-9f3a-2b3c4d5e6f07',
  replay: '7b1e0d63-4d1c-4d6f-8e63-8d2a3b4c5d08',
} as const;

/** The n-th second of the history, ISO-8601. */
export const second = (n: number): string => new Date(Date.UTC(2026, 2, 5, 12) + n * 1000).toISOString();

/** A log as it could have been recorded: revisions per stream, rising positions, one second between two events. */
export class History {
  readonly events: ProjectedEvent[] = [];
  readonly #revisions = new Map<string, number>();

  /**
   * Adds facts in order. Each gets the id given with it, or a random one. The store may hide some revisions of the stream before
   * it.
   */
  add(...facts: (Fact & { id?: string; hiddenBefore?: number })[]): this {
    for (const { id = randomUUID(), hiddenBefore = 0, ...fact } of facts) {
      const stream = streamOf(fact);
      const revision = (this.#revisions.get(stream) ?? -1) + hiddenBefore + 1;
      this.#revisions.set(stream, revision);
      const position = this.events.length + 1;
      const occurredAt = second(position);
      const context = {
        occurredAt,
        actor: { kind: 'admin', id: 'test' },
        correlationId: 'test',
        causationId: null,
      } as const;
      const event = asEvent(fact, context, id);
      this.events.push({ ...event, stream, revision, position: BigInt(position), recordedAt: occurredAt });
    }
    return this;
  }
}

const streamOf = ({ type, data }: Fact): string => {
  if (type === 'WebhookPayloadReceived') return streams.payloads(data.webhookId);
  if (type === 'PayloadsCoalesced') return streams.coalesced(data.webhookId);
  if (type === 'ReplayItemsListed') return streams.replayItems(data.replayId);
  if (type.startsWith('Replay') && 'replayId' in data && data.replayId) return streams.replay(data.replayId);
  if (type === 'WebhookRequestRefused') return streams.rejections(data.webhookId);
  if (
    type === 'WebhookPayloadsExpired' ||
    type === 'WebhookPayloadDeleted' ||
    type === 'WebhookPayloadErased' ||
    type === 'WebhookPayloadErasureCompleted'
  )
    return streams.removals(data.webhookId);
  if (type.startsWith('Memory') && 'boardId' in data) return streams.memory(data.boardId);
  if (type.startsWith('Webhook') && !type.includes('Board') && 'webhookId' in data && data.webhookId)
    return streams.webhook(data.webhookId);
  if ('payloadId' in data && data.payloadId) return streams.delivery(data.payloadId);
  if (type.startsWith('Agent') && !type.includes('Board') && 'agentId' in data && data.agentId)
    return streams.agent(data.agentId);
  if (type === 'OpenclawGatewayAvailable' || type === 'OpenclawGatewayUnavailable')
    return streams.openclawGatewayStatus(data.gatewayId);
  if ('gatewayId' in data && type.startsWith('OpenclawGateway') && data.gatewayId)
    return streams.openclawGateway(data.gatewayId);
  if ('boardId' in data) return streams.board(data.boardId);
  if (type === 'LogRestored') return streams.installation;
  throw new Error(`No stream for ${type satisfies EventType}.`);
};

/** An arrival with a body and, if they matter, other parts. */
export const received = (
  parts: Partial<Fact<'WebhookPayloadReceived'>['data']> & { id?: string; text?: string } = {},
): Fact<'WebhookPayloadReceived'> & { id?: string } => {
  const { id, text = '{"ref": "main"}', ...data } = parts;
  const bytes = Buffer.from(text);
  return {
    type: 'WebhookPayloadReceived',
    ...(id !== undefined && { id }),
    data: {
      payloadId: ids.payload,
      boardId: ids.board,
      webhookId: ids.webhook,
      webhookRevision: 0,
      receivedAt: second(0),
      sourceIp: '192.30.252.1',
      contentType: 'application/json',
      headers: [['content-type', 'application/json']],
      body: wrapBody(bytes),
      size: bytes.length,
      sha256: hash('sha256', bytes),
      verification: { verdict: 'verified', scheme: 'github' },
      dedupe: { key: null, source: null, windowSeconds: 604_800 },
      fence: 'f'.repeat(32),
      ...data,
    },
  };
};

/** A rejection with the parts that matter. */
export const refused = ({
  id = randomUUID(),
  hiddenBefore = 0,
  ...data
}: Partial<Fact<'WebhookRequestRefused'>['data']> & { id?: string; hiddenBefore?: number } = {}) => ({
  ...{ id, hiddenBefore },
  type: 'WebhookRequestRefused' as const,
  data: {
    ...{ webhookId: ids.webhook, boardId: ids.board, refusedAt: second(0), sourceIp: '192.30.252.1' },
    ...{ status: 403, code: 'signature_invalid', declaredBytes: 15, receivedBytes: 15, omitted: 0 },
    ...data,
  },
});

export const webhookCreated = (description = 'Do it'): Fact<'WebhookCreated'> => ({
  type: 'WebhookCreated',
  data: {
    webhookId: ids.webhook,
    boardId: ids.board,
    description,
    enabled: true,
    agentId: null,
    secret: null,
    signatureScheme: 'github',
    signatureHeader: null,
  },
});

export const webhookDeleted = (cleanupMemory = false): Fact<'WebhookDeleted'> => ({
  type: 'WebhookDeleted',
  data: { webhookId: ids.webhook, boardId: ids.board, cleanupMemory },
});

/** The fields that every delivery event of the payload has. */
export const deliveryOf = (deliveryId: string, payloadId: string = ids.payload) => ({
  payloadId,
  boardId: ids.board,
  webhookId: ids.webhook,
  deliveryId,
});

export const attempted = (
  deliveryId: string,
  payloadId: string = ids.payload,
): Fact<'DeliveryAttempted'> => ({
  type: 'DeliveryAttempted',
  data: {
    ...deliveryOf(deliveryId, payloadId),
    arrivalRevision: 0,
    agentId: ids.agent,
    gatewayId: ids.gateway,
    sessionKey: 'main',
    idempotencyKey: deliveryId,
    revisions: { board: 0, webhook: 0, agent: 0, gateway: 0 },
    template: 1,
    baseUrl: 'http://localhost:8000',
    textSha256: 'b'.repeat(64),
  },
});

export const told = (deliveryId: string, payloadId: string = ids.payload): Fact<'AgentTold'> => ({
  type: 'AgentTold',
  data: {
    ...deliveryOf(deliveryId, payloadId),
    agentId: ids.agent,
    sessionKey: 'main',
    runId: null,
    attempt: 1,
  },
});

export const parked = (
  deliveryId: string,
  reason: string,
  payloadId: string = ids.payload,
): Fact<'DeliveryParked'> => ({
  type: 'DeliveryParked',
  data: { ...deliveryOf(deliveryId, payloadId), arrivalRevision: 0, reason },
});

export const filtered = (
  deliveryId: string,
  reason: Fact<'DeliveryFiltered'>['data']['reason'] = 'notify_when',
  payloadId: string = ids.payload,
): Fact<'DeliveryFiltered'> => ({
  type: 'DeliveryFiltered',
  data: { ...deliveryOf(deliveryId, payloadId), arrivalRevision: 0, webhookRevision: 0, reason },
});

export const filterFailed = (
  deliveryId: string,
  payloadId: string = ids.payload,
  setting?: Fact<'DeliveryFilterFailed'>['data']['setting'],
): Fact<'DeliveryFilterFailed'> => ({
  type: 'DeliveryFilterFailed',
  data: {
    ...deliveryOf(deliveryId, payloadId),
    ...(setting !== undefined && { setting }),
    ...{ webhookRevision: 0, code: 'error', detail: 'no such key' },
  },
});

const message = (deliveryId: string, payloadId: string, sentAgain: boolean) => ({
  ...deliveryOf(deliveryId, payloadId),
  agentId: ids.agent,
  gatewayId: ids.gateway,
  sessionKey: 'main',
  idempotencyKey: deliveryId,
  runId: deliveryId,
  attempt: 1,
  sentAgain,
});

export const sent = (
  deliveryId: string,
  payloadId: string = ids.payload,
  sentAgain = false,
): Fact<'MessageSent'> => ({
  type: 'MessageSent',
  data: { ...message(deliveryId, payloadId, sentAgain), bootId: 'boot' },
});

export const confirmed = (
  deliveryId: string,
  payloadId: string = ids.payload,
  sentAgain = false,
): Fact<'MessageConfirmed'> => ({
  type: 'MessageConfirmed',
  data: { ...message(deliveryId, payloadId, sentAgain), evidence: 'history' },
});

export const lost = (deliveryId: string, payloadId: string = ids.payload): Fact<'MessageLost'> => ({
  type: 'MessageLost',
  data: { ...deliveryOf(deliveryId, payloadId), idempotencyKey: deliveryId, reason: 'interrupted' },
});

export const outcomeUnknown = (
  deliveryId: string,
  payloadId: string = ids.payload,
): Fact<'DeliveryOutcomeUnknown'> => ({
  type: 'DeliveryOutcomeUnknown',
  data: { ...deliveryOf(deliveryId, payloadId), reason: 'session_reset' },
});

export const runEnded = (
  deliveryId: string,
  outcome: Fact<'AgentRunEnded'>['data']['outcome'],
  payloadId: string = ids.payload,
): Fact<'AgentRunEnded'> => ({
  type: 'AgentRunEnded',
  data: {
    ...deliveryOf(deliveryId, payloadId),
    runId: null,
    outcome,
    code: outcome === 'error' ? 'rate_limit' : null,
    detail: outcome === 'error' ? 'HTTP 429' : null,
  },
});

export const boardCreated = (gatewayId: string | null = ids.gateway): Fact<'BoardCreated'> => ({
  type: 'BoardCreated',
  data: { boardId: ids.board, name: 'Board', slug: 'board', description: '', gatewayId },
});

export const gatewayCreated: Fact<'OpenclawGatewayCreated'> = {
  type: 'OpenclawGatewayCreated',
  data: {
    gatewayId: ids.gateway,
    name: 'Home',
    url: 'wss://home.example',
    token: 'a.b.c.d.e',
    allowInsecureTls: false,
  },
};

export const gatewayUnavailable = (
  state: 'away' | 'rejected',
  code: string,
  pairingRequestId: string | null = null,
): Fact<'OpenclawGatewayUnavailable'> => ({
  type: 'OpenclawGatewayUnavailable',
  data: { gatewayId: ids.gateway, state, code, detail: `It said ${code}.`, pairingRequestId },
});

export const gatewayAvailable: Fact<'OpenclawGatewayAvailable'> = {
  type: 'OpenclawGatewayAvailable',
  data: { gatewayId: ids.gateway, serverVersion: '2026.9.6', bootId: 'boot' },
};

export const replayRequested = (total = 10): Fact<'ReplayRequested'> => ({
  type: 'ReplayRequested',
  data: {
    ...{ replayId: ids.replay, boardId: ids.board, webhookId: ids.webhook, agentId: null },
    ...{ reason: 'after the outage', rate: 2.5, total, itemsPerEvent: 5_000 },
    filter: { since: second(0), until: null, status: 'failed', statusReason: null, q: 'x', listed: null },
    asOf: { incarnation: 'log', position: '7' },
  },
});

/** Progress up to an item; each of these items was skipped. */
export const replayProgressed = (
  handled: number,
  skipped: readonly number[] = [],
): Fact<'ReplayProgressed'> => ({
  type: 'ReplayProgressed',
  data: {
    ...{ replayId: ids.replay, boardId: ids.board },
    ...{ handled, underWay: [handled], done: handled, failed: 0, skipped: skipped.length },
    unsuccessful: skipped.map((item) => ({
      ...{ item, payloadId: ids.payload, webhookId: item % 2 ? ids.webhook : null },
      ...{ outcome: 'skipped', reason: 'payload_gone' },
    })),
  },
});

export const replayControl = (
  type: 'ReplayPaused' | 'ReplayResumed' | 'ReplayCancelled' | 'ReplayCompleted',
): Fact<'ReplayPaused'> =>
  ({ type, data: { replayId: ids.replay, boardId: ids.board } }) as Fact<'ReplayPaused'>;

/** These payloads are told together; the event is the cause of their delivery. */
export const coalesced = (
  id: string,
  payloadIds: readonly string[],
): Fact<'PayloadsCoalesced'> & { id: string } => ({
  id,
  type: 'PayloadsCoalesced',
  data: {
    webhookId: ids.webhook,
    boardId: ids.board,
    keySha256: null,
    payloads: payloadIds.map((payloadId, arrivalRevision) => ({
      payloadId,
      arrivalRevision,
      eventId: payloadId,
    })),
  },
});
