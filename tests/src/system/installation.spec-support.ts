import { randomBytes } from 'node:crypto';
import { freePorts } from '@mission-control/free-ports';
import { startTestNats, startTestRedis, type TestNats, type TestRedis } from '@mission-control/test-servers';
import { AdminClient } from './admin-client.ts';
import { type RestartablePostgres, startRestartablePostgres } from './restartable-postgres.spec-support.ts';
import { type Service, type ServiceName, type ServiceOptions, startService } from './service.spec-support.ts';
import { serviceNames } from './standalone.ts';

/** An event store that a test can stop. */
export interface EventStoreServer {
  readonly url: string;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

interface Servers {
  readonly eventStore: EventStoreServer;
  readonly readModels: RestartablePostgres;
  readonly nats: TestNats;
  /** Only if the installation shares rate limits. */
  readonly redis: TestRedis | null;
}

export interface Installation {
  readonly servers: Servers;
  readonly services: Readonly<Record<ServiceName, Service>>;
  /** Starts another instance of a service, from this checkout, and waits until it is ready. */
  readonly startAnother: (name: ServiceName) => Promise<Service>;
  /** Where senders and admins connect. */
  readonly url: string;
  readonly admin: AdminClient;
  /** Ends everything but the event store. */
  readonly stop: () => Promise<void>;
}

export interface InstallationOptions {
  readonly eventStore: EventStoreServer;
  /** Counts rate limits in a Redis. */
  readonly redis?: boolean;
  readonly env?: Record<string, string>;
  /** The checkout that services are started from, with a trailing slash; by default this one. */
  readonly root?: string | undefined;
  /** Programs that execute services; see startProcess. */
  readonly within?: Partial<Record<ServiceName, readonly string[]>>;
  /** What the first process of a service runs instead; see startService. */
  readonly firstProgram?: Partial<Record<ServiceName, string>>;
}

/** Starts every service as its own process, on servers that the test can stop one by one. */
export const startInstallation = async (options: InstallationOptions): Promise<Installation> => {
  const [readModels, nats, redis] = await Promise.all([
    startRestartablePostgres(),
    startTestNats(),
    options.redis ? startTestRedis() : null,
  ]);
  const servers: Servers = { eventStore: options.eventStore, readModels, nats, redis };
  const [gatewayPort = 0, adminPort = 0, ...others] = await freePorts(2 * serviceNames.length);
  const token = randomBytes(32).toString('hex');
  const env = {
    EVENTSTORE_URL: servers.eventStore.url,
    DATABASE_URL: servers.readModels.url,
    NATS_URL: servers.nats.url,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    LOCAL_AUTH_TOKEN: token,
    BASE_URL: `http://127.0.0.1:${gatewayPort}`,
    ADMIN_API_URL: `http://127.0.0.1:${adminPort}`,
    WEBHOOK_RATE_LIMIT: '0',
    ...(servers.redis && { RATE_LIMIT_BACKEND: 'redis', RATE_LIMIT_REDIS_URL: servers.redis.url }),
    ...options.env,
  };
  const all: Service[] = [];
  const start = (
    name: ServiceName,
    port: number,
    managementPort: number,
    first: Pick<ServiceOptions, 'root' | 'firstProgram'> = {},
  ): Service => {
    const within = options.within?.[name];
    const service = startService(name, { env, port, managementPort, within, ...first });
    all.push(service);
    return service;
  };
  // Gateway and admin API have the ports that the environment names.
  for (const [index, name] of serviceNames.entries()) {
    const port = [gatewayPort, adminPort][index] ?? others.pop() ?? 0;
    start(name, port, others.pop() ?? 0, { root: options.root, firstProgram: options.firstProgram?.[name] });
  }
  const services = Object.fromEntries(all.map((service) => [service.name, service]));
  const stop = async () => {
    await Promise.all(all.map((service) => service.kill()));
    await Promise.all([servers.readModels.stop(), servers.nats.stop(), servers.redis?.stop()]);
  };
  try {
    await Promise.all(all.map((service) => service.ready()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    servers,
    services: services as Record<ServiceName, Service>,
    startAnother: async (name) => {
      const [port = 0, managementPort = 0] = await freePorts(2);
      const service = start(name, port, managementPort);
      await service.ready();
      return service;
    },
    url: env.BASE_URL,
    admin: new AdminClient(env.BASE_URL, token),
    stop,
  };
};
