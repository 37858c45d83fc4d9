import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import pg from 'pg';
import { repositoryRoot } from '../../system/repository.ts';
import { type StartedProcess, startProcess } from '../../system/service-process.ts';
import { type RunningSystem, type ServiceName, serviceNames, startSystem } from '../../system/standalone.ts';
import { requireDurability } from '../durability.ts';
import { secret } from '../ingest/webhooks.ts';
import { BenchScene, type Target } from '../notify/scene.ts';
import { type SimulatedOpenclawGateways, startOpenclawGateways } from '../notify/simulated.ts';
import { postgresPid } from '../process-usage.ts';
import { Probes } from './probes.ts';

export type StoreName = 'postgres' | 'eventstoredb';

/** The whole system of one version as processes, and what the bench watches it by. */
export interface Contender {
  readonly name: 'this version' | 'other version';
  readonly system: RunningSystem;
  readonly probes: Probes;
  /** What must not change: a service that was restarted would be measured wrongly. */
  readonly pids: Readonly<Record<ServiceName | 'postgres' | 'nats', number>>;
  /** The fake EventStoreDB. */
  readonly fake: StartedProcess | null;
  readonly managementUrl: (service: ServiceName) => Promise<string>;
  readonly natsUrl: string;
  readonly database: pg.Client;
  readonly durability: string;
  readonly store: EventStore;
  readonly simulated: SimulatedOpenclawGateways;
  /** Until it is called, there is no OpenClaw gateway, board, agent or webhook. */
  readonly targets: () => Promise<readonly Target[]>;
}

export interface ContenderOptions {
  readonly storeName: StoreName;
  readonly eventstoredbUrl?: string;
  readonly agents: number;
  readonly openclawGateways: number;
  /** The folder of another, compiled checkout; this repository if absent. */
  readonly against?: string;
  /** For what must be stopped, last one first. */
  readonly stops: (() => Promise<unknown>)[];
}

/** Starts the system of one version on servers of its own, as `npm start` does. */
export const startContender = async (options: ContenderOptions): Promise<Contender> => {
  const { stops, against, storeName, agents, openclawGateways } = options;
  const given = options.eventstoredbUrl;
  const fake =
    storeName === 'eventstoredb' && given === undefined
      ? startProcess('tests/dist/bench/fake-eventstoredb.js')
      : null;
  if (fake) stops.unshift(() => fake.stop());
  const storeUrl = given ?? (await fake?.printed(/esdb\S+/))?.[0];
  const simulated = await startOpenclawGateways(openclawGateways);
  stops.unshift(() => simulated.process.stop());
  // A server that was given may hold the logs of other runs.
  const prefix =
    given === undefined || storeName === 'postgres' ? '' : `bench_${randomBytes(6).toString('hex')}`;
  const { system, probes } = await startProbedSystem({
    against,
    stops,
    env: {
      ...(storeName === 'eventstoredb' && { EVENTSTORE_URL: storeUrl, EVENTSTORE_PREFIX: prefix }),
      WEBHOOK_RATE_LIMIT: '0',
    },
  });
  const environment = await probes.environment('projector');
  const databaseUrl = environment.DATABASE_URL ?? '';
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  if (prefix !== '') await database.query(`set search_path to read_models_${prefix}`);
  stops.unshift(() => database.end());
  const store = await openEventStore(environment.EVENTSTORE_URL ?? '', { prefix });
  stops.unshift(() => store.close());
  const { ENCRYPTION_KEY: key = '' } = await probes.environment('gateway');
  return {
    name: against === undefined ? 'this version' : 'other version',
    system,
    probes,
    pids: {
      ...(Object.fromEntries(serviceNames.map((name) => [name, probes.pidOf(name)])) as Record<
        ServiceName,
        number
      >),
      postgres: (await postgresPid(databaseUrl)) ?? 0,
      nats: await system.natsPid(),
    },
    fake,
    managementUrl: async (service) =>
      `http://127.0.0.1:${(await probes.environment(service)).MANAGEMENT_PORT}`,
    natsUrl: (await probes.environment('relay')).NATS_URL ?? '',
    database,
    durability: await requireDurability(databaseUrl),
    store,
    simulated,
    targets: async () => {
      const scene = await BenchScene.open(store, Buffer.from(key, 'base64'), secret);
      const made: Target[] = [];
      for (const [n, gateway] of simulated.gateways.entries()) {
        // The remainder goes to the first ones.
        const number = Math.floor(agents / openclawGateways) + (n < agents % openclawGateways ? 1 : 0);
        made.push(...(await scene.targets(gateway, { agents: number })));
      }
      return made;
    },
  };
};

const startProbedSystem = async (options: {
  against: string | undefined;
  stops: ContenderOptions['stops'];
  env: Record<string, string | undefined>;
}): Promise<{ system: RunningSystem; probes: Probes }> => {
  const probe = pathToFileURL(join(repositoryRoot, 'tests/dist/bench/flow/probe.js')).href;
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-probes-'));
  options.stops.unshift(() => rm(folder, { recursive: true, force: true }));
  const system = await startSystem({
    ...(options.against !== undefined && { root: `${resolve(options.against)}/` }),
    env: { ...options.env, NODE_OPTIONS: `--import=${probe}`, FLOW_PROBE_FOLDER: folder },
  });
  options.stops.unshift(() => system.stop());
  return { system, probes: new Probes(folder) };
};
