import { createHash, hash } from 'node:crypto';
import {
  asEvent,
  type DomainEvent,
  type EncryptedBody,
  type EventContext,
  type EventType,
  type Fact,
  newFence,
  newOrderedId,
  newRandomId,
  parseEvent,
  streams,
  wrapBody,
} from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';

/** An event as it is in its stream. */
export interface AppendedEvent {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
}

export interface ScenePayload extends AppendedEvent {
  readonly payloadId: string;
}

/**
 * Writes facts straight into an event store, as the services would have, for specs of what follows from them. It makes no decisions,
 * so it can also write what no command would allow.
 */
export class Scene {
  readonly #store: EventStore;

  constructor(store: EventStore) {
    this.#store = store;
  }

  async append<T extends EventType>(
    stream: string,
    fact: Fact<T>,
    context = {},
    id = newOrderedId(),
  ): Promise<AppendedEvent> {
    const event = asEvent(fact, { ...sceneContext(), ...context }, id);
    const result = await this.#store.append(stream, 'any', [event]);
    if (!result.ok) throw new Error(`${stream} refused ${fact.type}: ${result.reason}`);
    return { id: event.id, stream, revision: result.revision, position: result.position };
  }

  /** The stream's events, parsed. */
  async facts(stream: string): Promise<DomainEvent[]> {
    return (await Array.fromAsync(this.#store.readStream(stream))).map((recorded) => parseEvent(recorded));
  }

  async gateway(settings: { url?: string; token?: string | null; allowInsecureTls?: boolean } = {}) {
    const gatewayId = newRandomId();
    const { url = 'ws://127.0.0.1:9', token = null, allowInsecureTls = false } = settings;
    await this.append(streams.openclawGateway(gatewayId), {
      type: 'OpenclawGatewayCreated',
      data: { gatewayId, name: 'Gateway', url, token, allowInsecureTls },
    });
    return gatewayId;
  }

  async board(settings: { gatewayId?: string | null; name?: string } = {}) {
    const boardId = newRandomId();
    const { gatewayId = null, name = 'Board' } = settings;
    await this.append(streams.board(boardId), {
      type: 'BoardCreated',
      data: { boardId, name, slug: boardId, description: '', gatewayId },
    });
    return boardId;
  }

  async agent(boardId: string, settings: { isLead?: boolean; session?: string | null } = {}) {
    const agentId = newRandomId();
    const { isLead = false, session = `agent:main:${agentId}` } = settings;
    await this.append(streams.board(boardId), {
      type: 'AgentAddedToBoard',
      data: { boardId, agentId, isLead },
    });
    await this.append(streams.agent(agentId), {
      type: 'AgentCreated',
      data: {
        agentId,
        boardId,
        name: 'Agent',
        openclawSessionId: session,
        tokenHash: hash('sha256', agentId),
      },
    });
    return agentId;
  }

  async webhook(
    boardId: string,
    settings: {
      agentId?: string | null;
      description?: string;
      rules?: Partial<Fact<'WebhookCreated'>['data']>;
    } = {},
  ) {
    const webhookId = newRandomId();
    await this.append(streams.board(boardId), { type: 'WebhookAddedToBoard', data: { boardId, webhookId } });
    await this.append(streams.webhook(webhookId), {
      type: 'WebhookCreated',
      data: {
        webhookId,
        boardId,
        description: settings.description ?? 'Handle it.',
        enabled: true,
        agentId: settings.agentId ?? null,
        secret: null,
        signatureScheme: 'none',
        signatureHeader: null,
        ...settings.rules,
      },
    });
    return webhookId;
  }

  /** Writes one arrival. With the payload id of an earlier arrival, it is another arrival of that payload. */
  async arrival(
    webhook: { boardId: string; webhookId: string },
    settings: {
      payloadId?: string;
      body?: string;
      webhookRevision?: number;
      correlationId?: string;
      receivedAt?: string;
      /** When its event happened. Default: now. */
      occurredAt?: string;
      /** Encrypts the content. */
      encrypt?: (eventId: string) => EncryptedBody;
    } = {},
  ): Promise<ScenePayload> {
    const payloadId = settings.payloadId ?? newOrderedId();
    const body = Buffer.from(settings.body ?? '{"hello":"world"}');
    const id = newOrderedId();
    const plain = {
      ...{ sourceIp: '192.0.2.1', contentType: 'application/json', body: wrapBody(body) },
      headers: [['content-type', 'application/json']] as [string, string][],
    };
    const content = settings.encrypt
      ? { sourceIp: null, contentType: null, headers: [], body: settings.encrypt(id) }
      : plain;
    const appended = await this.append(
      streams.payloads(webhook.webhookId),
      {
        type: 'WebhookPayloadReceived',
        data: {
          ...webhook,
          payloadId,
          webhookRevision: settings.webhookRevision ?? 0,
          receivedAt: settings.receivedAt ?? new Date().toISOString(),
          ...content,
          size: body.length,
          sha256: createHash('sha256').update(body).digest('hex'),
          verification: { verdict: 'unverified', scheme: 'none' },
          dedupe: { key: null, source: null, windowSeconds: 604_800 },
          fence: newFence(),
        },
      },
      {
        ...(settings.correlationId && { correlationId: settings.correlationId }),
        ...(settings.occurredAt && { occurredAt: settings.occurredAt }),
      },
      id,
    );
    return { ...appended, payloadId };
  }
}

const sceneContext = (): EventContext => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'admin', id: 'spec' },
  correlationId: newOrderedId(),
  causationId: null,
});
