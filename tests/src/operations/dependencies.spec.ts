import { noRedisServer } from '@mission-control/test-servers';
import {
  type OpenClawSimulator,
  startEventStoreDbFake,
  startOpenClawSimulator,
  waitFor,
} from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EventStoreServer,
  type Installation,
  startInstallation,
} from '../system/installation.spec-support.ts';
import { startRestartablePostgres } from '../system/restartable-postgres.spec-support.ts';
import { type Scene, setScene, type Webhook } from '../system/scene.ts';
import type { ServiceName } from '../system/service.spec-support.ts';
import { expectEachOnce, type Load, startLoad } from './load.spec-support.ts';

const full = process.env.TEST_SIZE === 'full';
/** Deliveries accepted before, between and after faults. */
const some = full ? 100 : 10;
const rounds = full ? 3 : 1;

const startEventStoreDb = async (): Promise<EventStoreServer> => {
  const fake = await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024 });
  return { url: fake.url, kill: () => fake.kill(), start: () => fake.restart(), stop: () => fake.stop() };
};
const eventStores = [
  { name: 'Postgres', start: startRestartablePostgres },
  { name: 'EventStoreDB (fake server)', start: startEventStoreDb },
];

interface Dependency {
  readonly name: string;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Which services say on /readyz, and by which check, that it is away. */
  readonly noticedBy: readonly (readonly [ServiceName, string])[];
  /** Whether senders are answered with 503 meanwhile. */
  readonly stopsIngest?: boolean;
}

let eventStore: EventStoreServer;
let installation: Installation;
let openclaw: OpenClawSimulator;
let scene: Scene;

const everyService: readonly ServiceName[] = [
  'gateway',
  'admin-api',
  'projector',
  'relay',
  'notifier',
  'steward',
];

const dependencies = (): Dependency[] => {
  const { servers } = installation;
  const { redis } = servers;
  return [
    {
      name: 'event store',
      kill: servers.eventStore.kill,
      start: servers.eventStore.start,
      noticedBy: everyService.map((name) => [name, 'event_store'] as const),
      stopsIngest: true,
    },
    {
      name: 'Postgres of the read models',
      kill: servers.readModels.kill,
      start: servers.readModels.start,
      noticedBy: [
        ['projector', 'database'],
        ['admin-api', 'read_models'],
      ],
    },
    {
      name: 'NATS',
      kill: servers.nats.kill,
      start: servers.nats.restart,
      noticedBy: [
        ['relay', 'nats'],
        ['notifier', 'nats'],
      ],
    },
    ...(redis
      ? [
          {
            name: 'Redis',
            kill: redis.kill,
            start: redis.restart,
            noticedBy: [['gateway', 'rate_limit_redis'] as const],
          },
        ]
      : []),
    {
      name: 'OpenClaw gateway',
      kill: () => openclaw.fail({ mode: 'refuse_connections' }),
      start: () => openclaw.heal(),
      noticedBy: [],
    },
  ];
};

/** Resolves when each service says, on /readyz and last in its log, that the check fails, or that it passes again. */
const said = async ({ noticedBy }: Dependency, ok: boolean) => {
  for (const [name, check] of noticedBy) {
    const service = installation.services[name];
    await waitFor(
      async () => {
        if ((await service.readiness())?.checks[check]?.ok !== ok) throw new Error(`${name}: not ${ok}`);
        const last = service.output().split(`check ${check} `).at(-1) ?? '';
        if (last.startsWith(ok ? 'passes again' : 'fails')) return true;
        throw new Error(`${name} does not log whether ${check} is ${ok}`);
      },
      { timeout: 240_000, pause: 100 },
    );
  }
};

const pids = () => Object.values(installation.services).map(({ name, pid }) => `${name} ${pid()}`);

describe.each(eventStores)('lost and regained dependencies under load, on $name', ({ name, start }) => {
  let webhook: Webhook;
  let load: Load;

  beforeAll(async () => {
    openclaw = await startOpenClawSimulator();
    eventStore = await start();
    installation = await startInstallation({ eventStore, redis: noRedisServer === null });
    scene = await setScene(installation.admin, openclaw, 'Dependencies');
    webhook = await scene.webhook('github', 'Create a task for each push');
    load = startLoad(installation.url, webhook, scene.secret);
    await load.more(some);
  });
  afterAll(async () => {
    await load?.end();
    await installation?.stop();
    await openclaw?.stop();
    await eventStore?.stop();
  });

  const lose = async (lost: readonly Dependency[]) => {
    const processes = pids();
    await Promise.all(lost.map(({ kill }) => kill()));
    await Promise.all(lost.map((one) => said(one, false)));
    if (!lost.some(({ stopsIngest }) => stopsIngest)) await load.more(some);
    await Promise.all(lost.map((one) => one.start()));
    await Promise.all(lost.map((one) => said(one, true)));
    await Promise.all(Object.values(installation.services).map((service) => service.ready()));
    await load.more(some);
    // A delivery that was refused meanwhile may be retried later.
    await load.settled();
    // They waited; nobody had to restart them.
    expect(pids()).toEqual(processes);
  };

  it('each alone: the services say so, wait and go on by themselves', async () => {
    for (let round = 0; round < rounds; round++) {
      // What the event store is changes nothing about the others.
      const alone = full || name === 'Postgres' ? dependencies() : dependencies().slice(0, 1);
      for (const one of alone) {
        const failures = load.failures.length;
        await lose([one]);
        const unexpected = load.failures.slice(failures).filter((failure) => failure !== '503');
        expect(unexpected, one.name).toEqual([]);
        if (!one.stopsIngest) expect(load.failures.length, `503 without ${one.name}`).toBe(failures);
      }
    }
  }, 900_000);

  it('all together: the services say so, wait and go on by themselves', async () => {
    for (let round = 0; round < rounds; round++) await lose(dependencies());
  }, 900_000);

  it('nothing acknowledged is lost, and each payload is told once', async () => {
    await load.end();
    await expectEachOnce({ admin: installation.admin, openclaw, webhook }, load.accepted);
  }, 900_000);

  it('Redis is one of them', ({ skip }) => {
    if (noRedisServer) skip(noRedisServer);
    expect(installation.servers.redis).not.toBeNull();
  });
});
