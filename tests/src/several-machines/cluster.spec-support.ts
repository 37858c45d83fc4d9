import { randomBytes } from 'node:crypto';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { freePorts } from '@mission-control/free-ports';
import { createTestDatabase, startTestNats } from '@mission-control/test-servers';
import { AdminClient } from '../system/admin-client.ts';
import type { StartedEventStore } from '../system/event-stores.spec-support.ts';
import { type RoundRobin, startRoundRobin } from '../system/round-robin.spec-support.ts';
import { answersOk, type StartedProcess, startProcess } from '../system/service-process.ts';

const readyWithinMs = 240_000;

/** One instance of a service, as a process that can be killed and started again at the same address. */
export class Instance {
  readonly name: string;
  readonly service: string;
  readonly #env: Record<string, string>;
  /** Where it answers 200 once it does its work, or could: a standby is not ready, but alive. */
  readonly #health: string;
  readonly #processes: StartedProcess[] = [];

  constructor(name: string, service: string, health: string, env: Record<string, string>) {
    this.name = name;
    this.service = service;
    this.#health = health;
    this.#env = env;
  }

  /** What all its processes have printed. */
  get output(): string {
    return this.#processes.map(({ output }) => output()).join('\n--- killed\n');
  }

  start(): void {
    this.#processes.push(startProcess(`services/${this.service}/dist/main.js`, { env: this.#env }));
  }

  ready(): Promise<void> {
    return answersOk(this.#health, readyWithinMs);
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

/** Services on "several machines": every service has several instances, behind a proxy where clients connect to it. */
export interface Cluster {
  readonly instances: readonly Instance[];
  /** In front of the gateways. */
  readonly proxy: RoundRobin;
  readonly admin: AdminClient;
  /** The log of all instances. */
  readonly store: EventStore;
  readonly end: () => Promise<void>;
}

/** Which projections each projector runs. */
const projections = ['configuration', 'payloads', 'memory,rejections,replays,audit'];

const counts = {
  gateway: 3,
  'admin-api': 2,
  projector: projections.length,
  notifier: 2,
  relay: 2,
  steward: 2,
};
type Service = keyof typeof counts;

/** Starts all instances at once, on an empty database, and waits until each of them answers. */
export const startCluster = async (eventStore: StartedEventStore): Promise<Cluster> => {
  const database = await createTestDatabase();
  const nats = await startTestNats();
  const adminToken = randomBytes(32).toString('hex');
  const names = (Object.keys(counts) as Service[]).flatMap((service) =>
    Array.from({ length: counts[service] }, (_, number) => ({ service, number })),
  );
  const ports = await freePorts(2 * names.length);
  const places = names.map((name, index) => ({
    ...name,
    port: ports[2 * index] ?? 0,
    management: ports[2 * index + 1] ?? 0,
  }));
  const urlsOf = (wanted: Service) =>
    places.filter(({ service }) => service === wanted).map(({ port }) => `http://127.0.0.1:${port}`);
  const adminProxy = await startRoundRobin(urlsOf('admin-api'));
  const proxy = await startRoundRobin(urlsOf('gateway'));
  const shared = {
    DATABASE_URL: database.url,
    EVENTSTORE_URL: eventStore.url ?? database.url,
    EVENTSTORE_PREFIX: eventStore.prefix,
    NATS_URL: nats.url,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    LOCAL_AUTH_TOKEN: adminToken,
    BASE_URL: proxy.url,
    ADMIN_API_URL: adminProxy.url,
    WEBHOOK_RATE_LIMIT: '0',
    RELAY_SWEEP_SECONDS: '2',
    NOTIFIER_RETRY_BASE_SECONDS: '0.05',
    NOTIFIER_RETRY_MAX_SECONDS: '0.5',
    LOG_FORMAT: 'json',
  };
  const instances = places.map(({ service, number, port, management }) => {
    const standsBy = service === 'relay' || service === 'steward';
    const health = `http://127.0.0.1:${management}/${standsBy ? 'healthz' : 'readyz'}`;
    return new Instance(`${service} ${number + 1}`, service, health, {
      ...shared,
      PORT: String(port),
      MANAGEMENT_PORT: String(management),
      ...(service === 'projector' && { PROJECTIONS: projections[number] ?? '' }),
    });
  });
  const store = await openEventStore(shared.EVENTSTORE_URL, { prefix: eventStore.prefix });
  const end = async () => {
    await proxy.stop();
    await Promise.all(instances.map((instance) => instance.stop()));
    await adminProxy.stop();
    await store.close();
    await nats.stop();
    await database.drop();
  };
  try {
    for (const instance of instances) instance.start();
    await Promise.all(instances.map((instance) => instance.ready()));
  } catch (error) {
    await end();
    throw error;
  }
  return { instances, proxy, admin: new AdminClient(proxy.url, adminToken), store, end };
};
