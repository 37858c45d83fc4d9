import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startNatsServer } from '@mission-control/embedded-servers';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { freePort } from '@mission-control/free-ports';
import { guardFolder } from '@mission-control/testing';
import { answersOk, type StartedProcess, startProcess } from '../../system/service-process.ts';
import { encryptionKey, startGateway } from '../ingest/measured.ts';
import { createDatabase } from '../with-postgres.ts';
import { DeliveryLog } from './delivery-log.ts';
import { BenchScene } from './scene.ts';

/** The services between a stored payload and an agent, on their own database and nats-server. */
export interface Services {
  readonly relay: StartedProcess;
  readonly notifier: StartedProcess;
  readonly natsPid: number;
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly store: EventStore;
  readonly scene: BenchScene;
  readonly log: DeliveryLog;
  /** The deliveries that wait in the notifier. */
  readonly waiting: () => Promise<number>;
  /** Starts a gateway of the same checkout. Resolves to its URL. */
  readonly gateway: () => Promise<string>;
}

/**
 * Starts relay and notifier.
 *
 * @param options.against the folder of another, compiled checkout; this repository if absent
 * @param options.cpuProf the folder for CPU profiles of relay and notifier; none are made if absent
 * @param options.stops for what must be stopped before Postgres
 */
export const startServices = async (
  postgresUrl: string,
  options: { name: string; against?: string; cpuProf?: string; stops: (() => Promise<unknown>)[] },
): Promise<Services> => {
  const { stops, cpuProf } = options;
  const root = options.against === undefined ? undefined : `${resolve(options.against)}/`;
  const databaseUrl = await createDatabase(postgresUrl, options.name);
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-bench-nats-'));
  const guard = guardFolder(folder);
  stops.unshift(() => guard.release());
  const nats = await startNatsServer({ storeDir: join(folder, 'nats'), user: 'bench', password: 'bench' });
  stops.unshift(() => nats.stop());
  const store = await openEventStore(databaseUrl);
  stops.unshift(() => store.close());
  const scene = await BenchScene.open(store, encryptionKey);
  const log = new DeliveryLog(store);
  stops.unshift(() => log.close());
  const start = async (service: 'relay' | 'notifier') => {
    const port = await freePort();
    const started = startProcess(`services/${service}/dist/main.js`, {
      ...(root !== undefined && { root }),
      env: {
        MANAGEMENT_PORT: String(port),
        LOG_LEVEL: 'warn',
        EVENTSTORE_URL: databaseUrl,
        DATABASE_URL: databaseUrl,
        NATS_URL: nats.url,
        ENCRYPTION_KEY: encryptionKey.toString('base64'),
        BASE_URL: 'http://mission-control.test',
        ...(cpuProf !== undefined && { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${resolve(cpuProf)}` }),
      },
    });
    stops.unshift(() => started.stop());
    await answersOk(`http://127.0.0.1:${port}/readyz`, 60_000);
    return { started, port };
  };
  const relay = await start('relay');
  const notifier = await start('notifier');
  return {
    relay: relay.started,
    notifier: notifier.started,
    natsPid: nats.pid,
    natsUrl: nats.url,
    databaseUrl,
    store,
    scene,
    log,
    waiting: async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${notifier.port}/metrics`)).text();
      return sumOf(metrics, /^(?:mission_control_lane_waiting|notifier_lane_waiting)\S* (\d+)/gm);
    },
    gateway: async () => {
      const gateway = await startGateway(databaseUrl, root);
      stops.unshift(() => gateway.process.stop());
      return gateway.url;
    },
  };
};

/** Of the first group of each match. */
const sumOf = (text: string, pattern: RegExp): number =>
  text.matchAll(pattern).reduce((sum, [, value]) => sum + Number(value), 0);
