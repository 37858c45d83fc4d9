import { setTimeout as delay } from 'node:timers/promises';
import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { afterEach, expect, it } from 'vitest';
import {
  type EventStoreServer,
  type Installation,
  startInstallation,
} from '../system/installation.spec-support.ts';
import { startRestartablePostgres } from '../system/restartable-postgres.spec-support.ts';
import { type Rotation, startRotation } from '../system/rotation.spec-support.ts';
import { setScene } from '../system/scene.ts';
import type { Service, ServiceName } from '../system/service.spec-support.ts';
import { expectEachOnce, startLoad } from './load.spec-support.ts';

const full = process.env.TEST_SIZE === 'full';
/** Payloads accepted between two restarts. */
const some = full ? 200 : 20;
/** Requests that get to an instance after it was told to stop, before the load balancer takes notice. */
const sentWhileStopping = full ? 100 : 20;

/** As in docs/operations/upgrade.md. */
const order: readonly ServiceName[] = ['projector', 'relay', 'steward', 'notifier', 'admin-api', 'gateway'];

/** A compiled checkout of the previous version. */
const previous = process.env.PREVIOUS_VERSION_DIR?.replace(/\/?$/, '/');

let eventStore: EventStoreServer | undefined;
let installation: Installation | undefined;
let openclaw: OpenClawSimulator | undefined;
let rotations: Rotation[] = [];

afterEach(async () => {
  await installation?.stop();
  await openclaw?.stop();
  await eventStore?.stop();
  await Promise.all(rotations.map((rotation) => rotation.stop()));
});

/** @param from the checkout that runs first; undefined: this one */
const rollUnderLoad = async (from?: string) => {
  openclaw = await startOpenClawSimulator();
  eventStore = await startRestartablePostgres();
  const [gateways, adminApis] = [await startRotation(), await startRotation()];
  rotations = [gateways, adminApis];
  const running = await startInstallation({
    eventStore,
    root: from,
    env: {
      BASE_URL: gateways.url,
      ADMIN_API_URL: adminApis.url,
      // Until a second signal. The previous version gets one.
      ...(from === undefined && { SHUTDOWN_DELAY_SECONDS: '300' }),
    },
  });
  installation = running;
  gateways.add(running.services.gateway.url);
  adminApis.add(running.services['admin-api'].url);
  const scene = await setScene(running.admin, openclaw, 'Rolling');
  const webhook = await scene.webhook('github', 'Create a task for each push');
  const load = startLoad(running.url, webhook, scene.secret);
  const stopReading = startReading(() => running.admin.call('GET', `${pathOf(webhook)}/payloads?limit=1`));

  const leave = async (old: Service, rotation: Rotation) => {
    // What the previous version does when it is told to stop may be less than what this one does.
    if (from === undefined) {
      const before = rotation.answered(old.url);
      process.kill(old.pid(), 'SIGTERM');
      await waitFor(async () => (await old.readiness())?.ready === false);
      await waitFor(() => rotation.answered(old.url) >= before + sentWhileStopping);
    }
    await rotation.remove(old.url);
  };
  await load.more(some);
  for (const name of order) {
    const old = running.services[name];
    const next = await running.startAnother(name);
    const rotation = { gateway: gateways, 'admin-api': adminApis }[name as string];
    rotation?.add(next.url);
    if (rotation) await leave(old, rotation);
    expect(await old.stop(), `the exit code of ${name}`).toBe(0);
    await load.more(some);
  }
  await load.end();
  expect(new Set(await stopReading())).toEqual(new Set([200]));
  expect(load.failures).toEqual([]);
  await expectEachOnce({ admin: running.admin, openclaw, webhook }, load.accepted);
};

const pathOf = ({ board_id, id }: { board_id: string; id: string }) =>
  `/api/v1/boards/${board_id}/webhooks/${id}`;

/** Reads again and again. The returned function ends that and resolves to the status codes. */
const startReading = (read: () => Promise<{ status: number }>): (() => Promise<number[]>) => {
  let isDone = false;
  const reading = (async () => {
    const statuses: number[] = [];
    while (!isDone) {
      statuses.push((await read()).status);
      await delay(50);
    }
    return statuses;
  })();
  reading.catch(() => {});
  return () => {
    isDone = true;
    return reading;
  };
};

it('a rolling restart of every service under load fails no request, and each payload is told once', async () => {
  await rollUnderLoad();
}, 900_000);

it('so does a rolling upgrade from the previous version', async ({ skip }) => {
  if (!previous) return skip('needs PREVIOUS_VERSION_DIR, a compiled checkout of the previous version');
  await rollUnderLoad(previous);
}, 900_000);
