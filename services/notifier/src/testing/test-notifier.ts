import { randomBytes } from 'node:crypto';
import {
  type DeliveryReference,
  type DomainEvent,
  type EventData,
  laneOf,
  newRandomId,
  secretContexts,
  streams,
} from '@mission-control/contracts';
import { type MessageParts, payloadEventType } from '@mission-control/domain';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { type Keyring, openKeyring } from '@mission-control/keyring';
import { connectMessaging, DeliveryPublisher, type Messaging } from '@mission-control/messaging';
import { connectOpenClaw } from '@mission-control/openclaw';
import { createLog, createMetrics, loadConfig } from '@mission-control/runtime';
import { type AppendedEvent, Scene, type ScenePayload } from '@mission-control/test-scene';
import { createTestDatabase, startTestNats, type TestNats } from '@mission-control/test-servers';
import {
  type OpenClawSimulator,
  type OpenClawSimulatorOptions,
  startOpenClawSimulator,
  waitFor,
} from '@mission-control/testing';
import { notifierVariables } from '../config.ts';
import { type NotifierAdapters, startNotifier } from '../notifier.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

export interface RunningNotifier {
  readonly logged: readonly string[];
  readonly stop: () => Promise<void>;
  /** Closes its connections, as a kill would, so that it can no longer write or send anything. */
  readonly abandon: () => Promise<void>;
}

/** The parts of a message about a payload of a webhook with the default settings, as the product has them in these specs. */
export const partsOf = (
  received: DomainEvent | undefined,
  texts: Pick<MessageParts, 'instruction' | 'boardName'>,
): MessageParts => {
  const payload = received?.data as EventData<'WebhookPayloadReceived'>;
  return {
    ...{ payload, ...texts, eventType: payloadEventType(payload) },
    ...{ message: null, readLink: null, baseUrl: 'http://mission-control.test' },
  };
};

/** A board with a lead that has a session on a simulated OpenClaw gateway, and a webhook. */
export interface Stage {
  readonly simulator: OpenClawSimulator;
  readonly gatewayId: string;
  readonly boardId: string;
  readonly agentId: string;
  readonly sessionKey: string;
  readonly webhookId: string;
}

/** Where a payload arrives. The OpenClaw gateway determines the lane. */
export type Target = Pick<Stage, 'boardId' | 'webhookId'> & { readonly gatewayId: string | null };

/** Everything that notifiers need to run, and a stand-in for the relay, which puts references on lanes. */
export class Surroundings {
  readonly databaseUrl: string;
  readonly nats: TestNats;
  readonly store: EventStore;
  readonly scene: Scene;
  readonly keyring: Keyring;
  readonly messaging: Messaging;
  readonly publisher: DeliveryPublisher;
  readonly #key: Buffer;
  readonly #ending: (() => Promise<unknown>)[];

  private constructor(parts: {
    databaseUrl: string;
    nats: TestNats;
    store: EventStore;
    key: Buffer;
    keyring: Keyring;
    messaging: Messaging;
    publisher: DeliveryPublisher;
    ending: (() => Promise<unknown>)[];
  }) {
    this.databaseUrl = parts.databaseUrl;
    this.nats = parts.nats;
    this.store = parts.store;
    this.scene = new Scene(parts.store);
    this.keyring = parts.keyring;
    this.messaging = parts.messaging;
    this.publisher = parts.publisher;
    this.#key = parts.key;
    this.#ending = parts.ending;
  }

  static create(): Promise<Surroundings> {
    return Surroundings.#create(randomBytes(32));
  }

  /** Servers of its own with an empty log, for the same installation. */
  another(): Promise<Surroundings> {
    return Surroundings.#create(this.#key, this.keyring);
  }

  static async #create(key: Buffer, ofInstallation?: Keyring): Promise<Surroundings> {
    const database = await createTestDatabase();
    const nats = await startTestNats();
    const store = await openEventStore(database.url);
    const keyring =
      ofInstallation ??
      (await openKeyring(store, [key], {
        occurredAt: new Date().toISOString(),
        actor: { kind: 'admin', id: 'spec' },
        correlationId: 'spec',
        causationId: null,
      }));
    const messaging = await connectMessaging(nats.url, 'spec', silent);
    const publisher = await DeliveryPublisher.open(messaging, silent);
    const ending = [database.drop, nats.stop, () => store.close(), messaging.close];
    return new Surroundings({
      databaseUrl: database.url,
      nats,
      store,
      key,
      keyring,
      messaging,
      publisher,
      ending,
    });
  }

  async end(): Promise<void> {
    for (const end of this.#ending.splice(0).reverse()) await end();
  }

  /**
   * The notifier as `main.ts` composes it, with short waits between attempts. The answer timeout is long, because a slow answer is still
   * an answer.
   */
  async notifier(
    env: Record<string, string> = {},
    adapters: Partial<NotifierAdapters> = {},
  ): Promise<RunningNotifier> {
    const stopping = new AbortController();
    const logged: string[] = [];
    const log = createLog(
      'notifier',
      { level: 'debug', format: 'json' },
      { write: (line) => void logged.push(line) },
    );
    const open: (() => Promise<void>)[] = [];
    const notifier = await startNotifier(
      {
        config: loadConfig(notifierVariables, {
          EVENTSTORE_URL: this.databaseUrl,
          DATABASE_URL: this.databaseUrl,
          NATS_URL: this.nats.url,
          ENCRYPTION_KEY: this.#key.toString('base64'),
          BASE_URL: 'http://mission-control.test',
          NOTIFIER_RETRY_BASE_SECONDS: '0.05',
          NOTIFIER_RETRY_MAX_SECONDS: '0.2',
          NOTIFIER_ANSWER_TIMEOUT_SECONDS: '60',
          READ_LINK_SECONDS: '0',
          ...env,
        }),
        log,
        metrics: createMetrics('notifier'),
        signal: stopping.signal,
        draining: stopping.signal,
        fail: (error) => log.fatal({ err: error }, 'failed'),
      },
      {
        openStore: async () => {
          const store = await openEventStore(this.databaseUrl);
          open.push(() => store.close());
          return store;
        },
        connect: async () => {
          const messaging = await connectMessaging(this.nats.url, 'notifier', log);
          open.push(messaging.close);
          return messaging;
        },
        connectOpenClaw,
        ...adapters,
      },
    );
    let ended = false;
    const stop = async () => {
      if (ended) return;
      ended = true;
      stopping.abort();
      await notifier.stop();
    };
    this.#ending.push(stop);
    return {
      logged,
      stop,
      abandon: async () => {
        ended = true;
        await Promise.all(open.map((close) => close()));
        stopping.abort();
      },
    };
  }

  async stage(options: OpenClawSimulatorOptions = {}): Promise<Stage> {
    const simulator = await startOpenClawSimulator(options);
    this.#ending.push(simulator.stop);
    const gatewayId = await this.gatewayOf(simulator);
    const boardId = await this.scene.board({ gatewayId });
    const sessionKey = `agent:main:${newRandomId()}`;
    const agentId = await this.scene.agent(boardId, { isLead: true, session: sessionKey });
    const webhookId = await this.scene.webhook(boardId, { description: 'Triage it.' });
    return { simulator, gatewayId, boardId, agentId, sessionKey, webhookId };
  }

  async gatewayOf({ url, token }: { url: string; token: string }): Promise<string> {
    const gatewayId = newRandomId();
    const encrypted = await this.keyring.encrypt(secretContexts.openclawGateway(gatewayId), token);
    await this.scene.append(streams.openclawGateway(gatewayId), {
      type: 'OpenclawGatewayCreated',
      data: { gatewayId, name: 'Gateway', url, token: encrypted, allowInsecureTls: false },
    });
    return gatewayId;
  }

  /** Appends an arrival and puts a reference to it on its lane. */
  async arrive(
    stage: Target,
    settings: { payloadId?: string; body?: string; correlationId?: string } = {},
  ): Promise<ScenePayload> {
    const { boardId, webhookId } = stage;
    const payload = await this.scene.arrival({ boardId, webhookId }, settings);
    await this.refer(stage, payload, payload.payloadId, 'WebhookPayloadReceived');
    return payload;
  }

  async requestRedelivery(
    stage: Stage,
    payload: ScenePayload,
    agentId: string | null = null,
  ): Promise<AppendedEvent> {
    const { boardId, webhookId } = stage;
    const { payloadId, revision } = payload;
    const request = await this.scene.append(streams.delivery(payloadId), {
      type: 'RedeliveryRequested',
      data: { payloadId, boardId, webhookId, arrivalRevision: revision, agentId, reason: 'again' },
    });
    await this.refer(stage, request, payloadId, 'RedeliveryRequested');
    return request;
  }

  /** Appends arrivals, and then that they are told together, as the relay does, with a reference to it. */
  async arriveTogether(
    stage: Target,
    bodies: readonly string[],
  ): Promise<{ readonly together: ScenePayload; readonly payloads: readonly ScenePayload[] }> {
    const { boardId, webhookId } = stage;
    const payloads: ScenePayload[] = [];
    for (const body of bodies) payloads.push(await this.scene.arrival({ boardId, webhookId }, { body }));
    for (const { payloadId, id: deliveryId } of payloads) {
      const data = { payloadId, boardId, webhookId, deliveryId };
      await this.scene.append(streams.delivery(payloadId), { type: 'DeliveryCoalesced', data });
    }
    const event = await this.scene.append(streams.coalesced(webhookId), {
      type: 'PayloadsCoalesced',
      data: {
        ...{ webhookId, boardId, keySha256: null },
        payloads: payloads.map(({ payloadId, revision, id }) => ({
          ...{ payloadId, arrivalRevision: revision, eventId: id },
        })),
      },
    });
    await this.refer(stage, event, event.id, 'PayloadsCoalesced');
    return { together: { ...event, payloadId: event.id }, payloads };
  }

  /** Puts a reference on the lane of the stage's OpenClaw gateway. */
  async refer(
    { boardId, webhookId, gatewayId }: Target,
    event: AppendedEvent,
    payloadId: string,
    type: DeliveryReference['cause']['type'],
    messageId = event.id,
  ): Promise<void> {
    const { id: eventId, stream, revision, position } = event;
    await this.publisher.publish({
      id: messageId,
      lane: laneOf(gatewayId),
      reference: {
        payloadId,
        boardId,
        webhookId,
        cause: { type, eventId, stream, revision, position: position.toString() },
      },
    });
  }

  /** The events of the payload's delivery stream, once it has an event of one of these types. */
  deliveryWith(
    payload: { payloadId: string },
    ...types: readonly DomainEvent['type'][]
  ): Promise<DomainEvent[]> {
    return waitFor(async () => {
      const facts = await this.scene.facts(streams.delivery(payload.payloadId));
      return facts.some(({ type }) => types.includes(type)) && facts;
    });
  }

  /** The events of the payload's delivery stream, once the last one is of one of these types. */
  deliveryEndingWith(
    payload: { payloadId: string },
    ...types: readonly DomainEvent['type'][]
  ): Promise<DomainEvent[]> {
    return waitFor(async () => {
      const facts = await this.scene.facts(streams.delivery(payload.payloadId));
      return types.includes(facts.at(-1)?.type as DomainEvent['type']) && facts;
    });
  }

  /** The events of the payload's delivery stream, once the agent's last run has ended. */
  handled(payload: { payloadId: string }): Promise<DomainEvent[]> {
    return this.deliveryEndingWith(payload, 'AgentRunEnded');
  }

  /** Resolves when no message is left on any lane. */
  async lanesEmpty(): Promise<void> {
    await waitFor(async () => (await this.messaging.manager.streams.info('DELIVERIES')).state.messages === 0);
  }
}

/** The types of the events. Without MessageSent, which is recorded only if the first look-up does not find the message. */
export const typesOf = (facts: readonly DomainEvent[]) =>
  facts.map(({ type }) => type).filter((type) => type !== 'MessageSent');

export const dataOf = <T extends DomainEvent['type']>(facts: readonly DomainEvent[], type: T) =>
  facts.filter((fact) => fact.type === type).map(({ data }) => data as EventData<T>);

/** The messages that agents received in a session of a stage, in order. */
export const consumedBy = (
  { simulator, sessionKey }: Pick<Stage, 'simulator' | 'sessionKey'>,
  session = sessionKey,
) => simulator.consumed()[session.toLowerCase()] ?? [];

/** The messages in the session of a stage. */
export const toldTo = ({ simulator, sessionKey }: Stage) => simulator.sessions()[sessionKey] ?? [];
