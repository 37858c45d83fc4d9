import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@mission-control/embedded-servers';
import { freePorts } from '@mission-control/free-ports';
import {
  noRedisServer,
  startTestNats,
  startTestRedis,
  type TestNats,
  type TestRedis,
} from '@mission-control/test-servers';
import { guardFolder } from '@mission-control/testing';
import { AdminClient } from '../system/admin-client.ts';
import { answersOk, type StartedProcess, startProcess } from '../system/service-process.ts';
import { serviceNames } from '../system/standalone.ts';
import type { Target } from './scrape.spec-support.ts';

type ServiceName = (typeof serviceNames)[number];

/** A server of the test's own that it can stop and start again at the same address. */
interface OwnServer {
  readonly url: string;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Ends it and removes its data. */
  readonly end: () => Promise<void>;
}

const startOwnPostgres = async (): Promise<OwnServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-postgres-'));
  const guard = guardFolder(folder);
  const start = (port?: number) =>
    startPostgres({
      dataDir: join(folder, 'data'),
      password: 'test',
      database: 'mission_control',
      // Losing power does not matter here; losing the process does not lose what the system has.
      settings: { fsync: 'off' },
      ...(port !== undefined && { port }),
    });
  let server = await start().catch(async (error) => {
    await guard.release();
    throw error;
  });
  const { url, port } = server;
  return {
    url,
    kill: () => server.kill(),
    start: async () => {
      server = await start(port);
    },
    end: async () => {
      await server.kill();
      await guard.release();
    },
  };
};

/** Every service as a process of its own, on servers of its own. */
export interface Installation {
  readonly eventStore: OwnServer;
  readonly readModels: OwnServer;
  readonly nats: TestNats;
  /** null where there is no redis-server. */
  readonly redis: TestRedis | null;
  readonly url: string;
  readonly admin: AdminClient;
  readonly targets: readonly Target[];
  readonly kill: (service: ServiceName) => Promise<void>;
  readonly start: (service: ServiceName) => Promise<void>;
  readonly end: () => Promise<void>;
}

export const startInstallation = async (): Promise<Installation> => {
  const [eventStore, readModels] = [await startOwnPostgres(), await startOwnPostgres()];
  const nats = await startTestNats();
  const redis = noRedisServer === null ? await startTestRedis() : null;
  const ports = await freePorts(2 + serviceNames.length);
  const [gatewayPort = 0, adminPort = 0, ...management] = ports;
  const portOf = (name: ServiceName) => management[serviceNames.indexOf(name)] ?? 0;
  const url = `http://127.0.0.1:${gatewayPort}`;
  const token = randomBytes(32).toString('hex');
  const env = {
    EVENTSTORE_URL: eventStore.url,
    DATABASE_URL: readModels.url,
    NATS_URL: nats.url,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    LOCAL_AUTH_TOKEN: token,
    BASE_URL: url,
    ADMIN_API_URL: `http://127.0.0.1:${adminPort}`,
    WEBHOOK_RATE_LIMIT: '1000000/60',
    WEBHOOK_REJECTION_RATE_LIMIT: '1000000/60',
    ...(redis && { RATE_LIMIT_BACKEND: 'redis', RATE_LIMIT_REDIS_URL: redis.url }),
    NOTIFIER_RETRY_BASE_SECONDS: '0.1',
    NOTIFIER_RETRY_MAX_SECONDS: '0.5',
    LOG_FORMAT: 'json',
  };
  const processes = new Map<ServiceName, StartedProcess>();
  const start = async (name: ServiceName) => {
    const port = name === 'gateway' ? gatewayPort : adminPort;
    const own = { MANAGEMENT_PORT: String(portOf(name)), PORT: String(port) };
    processes.set(name, startProcess(`services/${name}/dist/main.js`, { env: { ...env, ...own } }));
    await answersOk(`http://127.0.0.1:${portOf(name)}/readyz`, 200_000);
  };
  const end = async () => {
    await Promise.all([...processes.values()].map((one) => one.stop()));
    await Promise.all([eventStore.end(), readModels.end(), nats.stop(), redis?.stop()]);
  };
  try {
    await Promise.all(serviceNames.map(start));
  } catch (error) {
    await end();
    throw error;
  }
  return {
    eventStore,
    readModels,
    nats,
    redis,
    url,
    admin: new AdminClient(url, token),
    targets: serviceNames.map((job) => ({ job, instance: `127.0.0.1:${portOf(job)}` })),
    kill: async (name) => {
      processes.get(name)?.child.kill('SIGKILL');
      await processes.get(name)?.exited;
    },
    start,
    end,
  };
};
