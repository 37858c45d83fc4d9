import { randomBytes } from 'node:crypto';
import { freePorts } from '@mission-control/free-ports';
import { startTestNats, startTestRedis, type TestNats, type TestRedis } from '@mission-control/test-servers';
import { AdminClient } from '../system/admin-client.ts';
import { type Balancer, startBalancer } from './balancer.spec-support.ts';
import { type RestartablePostgres, startRestartablePostgres } from './postgres.spec-support.ts';
import { type Service, type ServiceName, startService } from './service.spec-support.ts';

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
  readonly services: readonly Service[];
  readonly of: (name: ServiceName) => readonly Service[];
  /** Where senders and admins connect. */
  readonly url: string;
  readonly balancer: { readonly gateways: Balancer; readonly adminApis: Balancer };
  readonly admin: AdminClient;
  readonly adminToken: string;
  /** What each service was given, apart from its ports. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

export interface InstallationOptions {
  readonly eventStore: EventStoreServer;
  /** Shares rate limits between gateways. */
  readonly redis?: boolean;
  /** How many gateways, and how many admin APIs; of the other services there is one. */
  readonly edges?: number;
  readonly env?: Record<string, string>;
  /** The checkout whose services are started, with a trailing slash. */
  readonly root?: string;
}

const edge = (name: ServiceName) => name === 'gateway' || name === 'admin-api';

/** Starts every service as its own process, on servers that the test can stop one by one. */
export const startInstallation = async (options: InstallationOptions): Promise<Installation> => {
  const { edges = 1 } = options;
  const servers: Servers = {
    eventStore: options.eventStore,
    readModels: await startRestartablePostgres(),
    nats: await startTestNats(),
    redis: options.redis ? await startTestRedis() : null,
  };
  const plan: ServiceName[] = [
    'projector',
    'relay',
    'notifier',
    'steward',
    ...Array.from({ length: edges }, () => 'admin-api' as const),
    ...Array.from({ length: edges }, () => 'gateway' as const),
  ];
  const ports = await freePorts(plan.length * 2);
  const targets = (name: ServiceName) =>
    plan.flatMap((one, index) => (one === name ? [`http://127.0.0.1:${ports[plan.length + index]}`] : []));
  const gateways = await startBalancer(targets('gateway'));
  const adminApis = await startBalancer(targets('admin-api'));
  const token = randomBytes(32).toString('hex');
  const env = {
    EVENTSTORE_URL: servers.eventStore.url,
    DATABASE_URL: servers.readModels.url,
    NATS_URL: servers.nats.url,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    LOCAL_AUTH_TOKEN: token,
    BASE_URL: gateways.url,
    ADMIN_API_URL: adminApis.url,
    WEBHOOK_RATE_LIMIT: '0',
    ...(servers.redis && { RATE_LIMIT_BACKEND: 'redis', RATE_LIMIT_REDIS_URL: servers.redis.url }),
    ...options.env,
  };
  const services = plan.map((name, index) =>
    startService(name, {
      env,
      managementPort: ports[index] ?? 0,
      ...(edge(name) && { port: ports[plan.length + index] ?? 0 }),
      ...(options.root !== undefined && { root: options.root }),
    }),
  );
  const stop = async () => {
    await Promise.all(services.map((service) => service.kill()));
    await Promise.all([gateways.stop(), adminApis.stop()]);
    await Promise.all([servers.readModels.stop(), servers.nats.stop(), servers.redis?.stop()]);
  };
  try {
    await Promise.all(services.map((service) => service.ready()));
    await Promise.all([gateways.allHealthy(), adminApis.allHealthy()]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    servers,
    services,
    of: (name) => services.filter((service) => service.name === name),
    url: gateways.url,
    balancer: { gateways, adminApis },
    admin: new AdminClient(gateways.url, token),
    adminToken: token,
    environment: env,
    stop,
  };
};
