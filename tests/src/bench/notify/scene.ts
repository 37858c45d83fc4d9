import { createHash, hash, randomUUID } from 'node:crypto';
import {
  asEvent,
  type EventContext,
  type EventData,
  type EventType,
  type Fact,
  newFence,
  newOrderedId,
  secretContexts,
  streams,
  wrapBody,
} from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { type Keyring, openKeyring } from '@mission-control/keyring';

/** An agent, and a webhook that names it. */
export interface Target {
  readonly boardId: string;
  readonly webhookId: string;
  readonly agentId: string;
  readonly sessionKey: string;
}

/** Arrivals that were stored, each the cause of a delivery with the same id. */
export interface Stored {
  /** When each was stored, milliseconds since 1970. */
  readonly at: ReadonlyMap<string, number>;
  /** In order, by session key. */
  readonly bySession: ReadonlyMap<string, readonly string[]>;
}

/** What a sender sent. */
export type Sample = Pick<EventData<'WebhookPayloadReceived'>, 'headers' | 'body' | 'size' | 'sha256'>;

/** @param headers others than Content-Type */
export const sampleOf = (content: object, headers: Readonly<Record<string, string>> = {}): Sample => {
  const body = Buffer.from(JSON.stringify(content));
  return {
    headers: Object.entries({ 'content-type': 'application/json', ...headers }),
    body: wrapBody(body),
    size: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
  };
};

const small = sampleOf({ event: 'load', text: 'x'.repeat(1024 - 29) });

/** Settings of a webhook. */
export type Settings = Partial<EventData<'WebhookCreated'>>;

const atOnce = 250;
const agentsPerBoard = 50;

/** Writes configuration and arrivals to an event store as admin API and gateway would have. */
export class BenchScene {
  readonly #store: EventStore;
  readonly #keyring: Keyring;

  /** Of the webhooks. */
  readonly #secret: string | null;

  private constructor(store: EventStore, keyring: Keyring, secret: string | null) {
    this.#store = store;
    this.#keyring = keyring;
    this.#secret = secret;
  }

  /** @param secret of all webhooks, which then accept only signed requests; they accept any if absent */
  static async open(store: EventStore, encryptionKey: Buffer, secret?: string): Promise<BenchScene> {
    return new BenchScene(store, await openKeyring(store, [encryptionKey], context()), secret ?? null);
  }

  /** Adds an OpenClaw gateway with that number of agents, 50 on a board, or with that number of boards with one agent each. */
  async targets(
    { url, token }: { url: string; token: string },
    number: { agents: number } | { boards: number },
  ): Promise<Target[]> {
    const gatewayId = randomUUID();
    const encrypted = await this.#keyring.encrypt(secretContexts.openclawGateway(gatewayId), token);
    await this.#append(streams.openclawGateway(gatewayId), {
      type: 'OpenclawGatewayCreated',
      data: { gatewayId, name: 'Bench', url, token: encrypted, allowInsecureTls: false },
    });
    const [agents, perBoard] = 'agents' in number ? [number.agents, agentsPerBoard] : [number.boards, 1];
    const targets: Target[] = [];
    while (targets.length < agents) {
      targets.push(...(await this.#board(gatewayId, Math.min(perBoard, agents - targets.length))));
    }
    return targets;
  }

  /** Stores arrivals of a sample, by default one of 1 KiB, distributed over the targets in turn. */
  async arrivals(targets: readonly Target[], amount: number, sample = small): Promise<Stored> {
    const at = new Map<string, number>();
    const bySession = new Map<string, string[]>(targets.map(({ sessionKey }) => [sessionKey, []]));
    // Never two for one target at once, so that they are stored in this order.
    const together = Math.min(atOnce, targets.length);
    for (let done = 0; done < amount; done += together) {
      const batch = Array.from({ length: Math.min(together, amount - done) }, async (_, n) => {
        const target = targets[(done + n) % targets.length] as Target;
        const id = await this.arrival(target, sample);
        at.set(id, Date.now());
        bySession.get(target.sessionKey)?.push(id);
      });
      await Promise.all(batch);
    }
    return { at, bySession };
  }

  /** Stores one arrival. Resolves to the delivery's id. */
  async arrival({ boardId, webhookId }: Target, sample = small): Promise<string> {
    return this.#append(streams.payloads(webhookId), {
      type: 'WebhookPayloadReceived',
      data: {
        payloadId: newOrderedId(),
        boardId,
        webhookId,
        webhookRevision: 0,
        receivedAt: new Date().toISOString(),
        sourceIp: '127.0.0.1',
        contentType: 'application/json',
        ...sample,
        verification: { verdict: 'unverified', scheme: 'none' },
        dedupe: { key: null, source: null, windowSeconds: 604_800 },
        fence: newFence(),
      },
    });
  }

  async #board(gatewayId: string, agents: number): Promise<Target[]> {
    const boardId = randomUUID();
    await this.#append(streams.board(boardId), {
      type: 'BoardCreated',
      data: { boardId, name: 'Bench', slug: boardId, description: '', gatewayId },
    });
    const targets: Target[] = [];
    while (targets.length < agents) targets.push(await this.#agent(boardId));
    return targets;
  }

  async #agent(boardId: string): Promise<Target> {
    const agentId = randomUUID();
    const sessionKey = `agent:main:${agentId}`;
    const board = streams.board(boardId);
    await this.#append(board, { type: 'AgentAddedToBoard', data: { boardId, agentId, isLead: false } });
    await this.#append(streams.agent(agentId), {
      type: 'AgentCreated',
      data: {
        agentId,
        boardId,
        name: 'Agent',
        openclawSessionId: sessionKey,
        tokenHash: hash('sha256', agentId),
      },
    });
    return this.webhook({ boardId, agentId, sessionKey });
  }

  /** Another webhook for an agent. */
  async webhook(
    { boardId, agentId, sessionKey }: Omit<Target, 'webhookId'>,
    settings: Settings = {},
  ): Promise<Target> {
    const webhookId = randomUUID();
    await this.#append(streams.board(boardId), {
      type: 'WebhookAddedToBoard',
      data: { boardId, webhookId },
    });
    const secret = this.#secret;
    await this.#append(streams.webhook(webhookId), {
      type: 'WebhookCreated',
      data: {
        webhookId,
        boardId,
        description: 'Handle it.',
        enabled: true,
        agentId,
        secret: secret && (await this.#keyring.encrypt(secretContexts.webhook(webhookId), secret)),
        signatureScheme: secret === null ? 'none' : 'hmac',
        signatureHeader: null,
        ...settings,
      },
    });
    return { boardId, webhookId, agentId, sessionKey };
  }

  async #append<T extends EventType>(stream: string, fact: Fact<T>): Promise<string> {
    const event = asEvent(fact, context());
    const result = await this.#store.append(stream, 'any', [event]);
    if (!result.ok) throw new Error(`${stream}: ${result.reason}`);
    return event.id;
  }
}

const context = (): EventContext => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'bench' },
  correlationId: newOrderedId(),
  causationId: null,
});
