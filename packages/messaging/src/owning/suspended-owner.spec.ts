import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { startTestNats, type TestNats } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectMessaging, type Messaging } from '../connection/connect.ts';
import { DeliveryPublisher } from '../publishing/publisher.ts';
import { OwnedLane } from './owned-lane.ts';
import { lane, payloadIds, publish, silent, take } from './test-lane.spec-support.ts';

let nats: TestNats;
let messaging: Messaging;
let child: ChildProcess;
/** What the child reports on each turn of its event loop, with times of the clock that all processes share. */
let reports: { at: number; owned: boolean; aborted: boolean }[];

beforeEach(async () => {
  nats = await startTestNats();
  messaging = await connectMessaging(nats.url, 'spec', silent);
  const publisher = await DeliveryPublisher.open(messaging, silent);
  await publish(publisher, 3);
  child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', program()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  reports = [];
  if (!child.stdout) throw new Error('no output');
  createInterface({ input: child.stdout }).on('line', (line) => reports.push(JSON.parse(line)));
  await waitFor(() => reports.at(-1)?.owned);
});

afterEach(async () => {
  child.kill('SIGKILL');
  await messaging.close();
  await nats.stop();
});

const urlOf = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
const program = () => `
  const { connectMessaging } = await import(${urlOf('../connection/connect.ts')});
  const { OwnedLane } = await import(${urlOf('./owned-lane.ts')});
  const log = { info() {}, warn() {}, error() {} };
  const messaging = await connectMessaging(${JSON.stringify(nats.url)}, 'child', log);
  const owned = await OwnedLane.claim({ messaging, lane: { gatewayId: null }, log });
  const report = () => {
    // In this order: the clock must not be read after the ownership check.
    const at = Date.now();
    console.log(JSON.stringify({ at, owned: owned.owned(), aborted: owned.signal.aborted }));
    setTimeout(() => setImmediate(report), 1);
  };
  report();`;

const claim = () => waitFor(() => OwnedLane.claim({ messaging, lane, log: silent }));

it('knows that it lost the lane while it was suspended, before it has heard anything', async () => {
  child.kill('SIGSTOP');
  const next = await claim();
  const claimedAt = Date.now();
  child.kill('SIGCONT');
  await waitFor(() => reports.at(-1)?.aborted);
  const afterwards = reports.filter(({ at }) => at > claimedAt);
  expect(afterwards.length).toBeGreaterThan(0);
  expect(afterwards.filter(({ owned }) => owned)).toEqual([]);
  expect(next.owned()).toBe(true);
});

it('is replaced after a kill, by an owner that gets every message in order', async () => {
  child.kill('SIGKILL');
  await once(child, 'exit');
  const next = await claim();
  const messages = await take(next.messages[Symbol.asyncIterator](), 3);
  expect(messages.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  expect(new Set(payloadIds(messages)).size).toBe(3);
});
