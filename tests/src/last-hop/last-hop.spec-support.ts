import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newRandomId, secretContexts, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { type Keyring, openKeyring } from '@mission-control/keyring';
import { migrateReadModels } from '@mission-control/read-models';
import { Scene } from '@mission-control/test-scene';
import { createTestDatabase, startTestNats, type TestNats } from '@mission-control/test-servers';
import { type StartedProcess, startProcess } from '../system/service-process.ts';
import { DeliveryEvents } from './delivery-events.spec-support.ts';

/** An agent with its session, on a board with an OpenClaw gateway, and a webhook whose deliveries go to it. */
export interface Addressee {
  readonly gatewayId: string;
  readonly boardId: string;
  readonly webhookId: string;
  readonly agentId: string;
  /** Canonical. */
  readonly sessionKey: string;
}

/** A payload that has arrived. */
export interface Arrived {
  /** Also the id of its event. */
  readonly deliveryId: string;
  readonly payloadId: string;
  readonly webhookId: string;
  readonly sessionKey: string;
  /** In the log: the order of arrival. */
  readonly position: bigint;
}

/**
 * Everything between the log and the agents: relay, notifiers and, if asked for, the steward as processes of their own, on a real event store
 * and nats-server.
 */
export class LastHop {
  readonly store: EventStore;
  readonly scene: Scene;
  readonly nats: TestNats;
  readonly events: DeliveryEvents;
  readonly arrived: Arrived[] = [];
  readonly relay: Service;
  readonly notifiers: readonly Service[];
  /** Only if the test asked for it. */
  readonly steward: Service | null;
  /** For files of the test. Removed at the end. */
  readonly folder: string;
  readonly #keyring: Keyring;
  readonly #ending: (() => Promise<unknown>)[];

  private constructor(parts: {
    store: EventStore;
    nats: TestNats;
    folder: string;
    keyring: Keyring;
    env: Record<string, string>;
    notifiers: number;
    steward: boolean;
    ending: (() => Promise<unknown>)[];
  }) {
    this.store = parts.store;
    this.scene = new Scene(parts.store);
    this.nats = parts.nats;
    this.folder = parts.folder;
    this.events = new DeliveryEvents(parts.store);
    this.#keyring = parts.keyring;
    this.relay = new Service('relay', 'relay', parts.env);
    this.notifiers = Array.from(
      { length: parts.notifiers },
      (_, n) => new Service(`notifier ${n + 1}`, 'notifier', parts.env),
    );
    this.steward = parts.steward ? new Service('steward', 'steward', parts.env) : null;
    this.#ending = [
      ...parts.ending,
      () => this.events.stop(),
      ...this.services.map((one) => () => one.stop()),
    ];
  }

  static async start(
    options: { notifiers?: number; steward?: boolean; env?: Record<string, string> } = {},
  ): Promise<LastHop> {
    const { notifiers = 1, steward = false } = options;
    const database = await createTestDatabase();
    if (steward) await migrateReadModels(database.url);
    const nats = await startTestNats();
    const folder = await mkdtemp(join(tmpdir(), 'mission-control-last-hop-'));
    const store = await openEventStore(database.url);
    const key = randomBytes(32);
    const keyring = await openKeyring(store, [key], {
      occurredAt: new Date().toISOString(),
      actor: { kind: 'admin', id: 'spec' },
      correlationId: randomUUID(),
      causationId: null,
    });
    const env = {
      EVENTSTORE_URL: database.url,
      DATABASE_URL: database.url,
      NATS_URL: nats.url,
      ENCRYPTION_KEY: key.toString('base64'),
      BASE_URL: 'http://mission-control.test',
      MANAGEMENT_PORT: '0',
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'debug',
      NOTIFIER_RETRY_BASE_SECONDS: '0.05',
      NOTIFIER_RETRY_MAX_SECONDS: '0.5',
      RELAY_SWEEP_SECONDS: '2',
      ...options.env,
    };
    const removeFolder = () => rm(folder, { recursive: true, force: true });
    const ending = [database.drop, nats.stop, removeFolder, () => store.close()];
    return new LastHop({ store, nats, folder, keyring, env, notifiers, steward, ending });
  }

  get services(): readonly Service[] {
    return [this.relay, ...this.notifiers, ...(this.steward ? [this.steward] : [])];
  }

  startServices(): void {
    for (const service of this.services) service.start();
  }

  async end(): Promise<void> {
    for (const end of this.#ending.splice(0).reverse()) await end();
  }

  async gatewayOf({ url, token }: { url: string; token: string }): Promise<string> {
    const gatewayId = newRandomId();
    const encrypted = await this.#keyring.encrypt(secretContexts.openclawGateway(gatewayId), token);
    await this.scene.append(streams.openclawGateway(gatewayId), {
      type: 'OpenclawGatewayCreated',
      data: { gatewayId, name: 'OpenClaw', url, token: encrypted, allowInsecureTls: false },
    });
    return gatewayId;
  }

  /** Agents on boards of that OpenClaw gateway, a few to each board. */
  async addressees(gatewayId: string, count: number, perBoard = 5): Promise<Addressee[]> {
    const made: Addressee[] = [];
    let boardId = '';
    while (made.length < count) {
      if (made.length % perBoard === 0) boardId = await this.scene.board({ gatewayId });
      const sessionKey = `agent:main:${newRandomId()}`;
      const agentId = await this.scene.agent(boardId, { session: sessionKey });
      const webhookId = await this.scene.webhook(boardId, { agentId });
      made.push({ gatewayId, boardId, webhookId, agentId, sessionKey });
    }
    return made;
  }

  async arrive(to: Addressee): Promise<Arrived> {
    const { webhookId, sessionKey } = to;
    const { id, payloadId, position } = await this.scene.arrival(to);
    const arrived = { deliveryId: id, payloadId, webhookId, sessionKey, position };
    this.arrived.push(arrived);
    return arrived;
  }

  /** The number of arrivals whose agent was told. */
  get told(): number {
    return this.events.count('MessageConfirmed');
  }

  /** For a test that failed. */
  report(): string {
    const tail = ({ name, output }: Service) => `--- ${name}\n${output().slice(-60_000)}`;
    return [`${this.arrived.length} arrived; ${this.events.summary()}`, ...this.services.map(tail)].join(
      '\n',
    );
  }
}

/** A service that can be killed and started again. */
export class Service {
  readonly name: string;
  readonly #script: string;
  readonly #env: Record<string, string>;
  readonly #processes: StartedProcess[] = [];

  constructor(name: string, service: 'relay' | 'notifier' | 'steward', env: Record<string, string>) {
    this.name = name;
    this.#script = `services/${service}/dist/main.js`;
    this.#env = env;
  }

  /** What all its processes have printed. */
  readonly output = (): string => this.#processes.map(({ output }) => output()).join('\n--- killed\n');

  start(): void {
    this.#processes.push(startProcess(this.#script, { env: this.#env }));
  }

  async kill(): Promise<void> {
    const running = this.#processes.at(-1);
    running?.child.kill('SIGKILL');
    await running?.exited;
  }

  async stop(): Promise<void> {
    await this.#processes.at(-1)?.stop();
  }
}
