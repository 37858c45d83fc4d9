import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectAllowedEvents,
  expectAllTold,
  expectArrivalOrder,
  expectEachOnce,
} from './each-once.spec-support.ts';
import { type Addressee, LastHop } from './last-hop.spec-support.ts';
import { OpenClawProcess } from './openclaw.spec-support.ts';
import { randomFrom } from './random.spec-support.ts';

const full = process.env.TEST_SIZE === 'full';
const size = full ? { losses: 10, deliveries: 2_000, agents: 20 } : { losses: 4, deliveries: 200, agents: 8 };
const seed = Number(process.env.LAST_HOP_SEED ?? randomInt(2 ** 31));

const perLoss = size.deliveries / size.losses;
const longestMomentMs = 500;

let lastHop: LastHop;
let openclaw: OpenClawProcess;
let agents: Addressee[];

describe('the last hop without the data of JetStream', () => {
  beforeAll(async () => {
    lastHop = await LastHop.start({ notifiers: 2 });
    openclaw = await OpenClawProcess.start('OpenClaw gateway', lastHop.folder, {
      historyDelayMs: 50,
      runMs: 50,
    });
    agents = await lastHop.addressees(await lastHop.gatewayOf(openclaw), size.agents);
    lastHop.startServices();
  });
  afterAll(async () => {
    await lastHop?.end();
    await openclaw?.stop();
  });

  it(`deleted ${size.losses} times during ${size.deliveries} deliveries to ${size.agents} agents: every agent is told, and none twice (LAST_HOP_SEED=${seed})`, async ({
    onTestFailed,
  }) => {
    onTestFailed(() => void process.stderr.write(lastHop.report()));
    const random = randomFrom(seed);
    const { arrived, events, nats } = lastHop;
    /** Deliveries that no agent was told about when the data was deleted. */
    let waiting = 0;
    for (let loss = 0; loss < size.losses; loss += 1) {
      const burst = Array.from({ length: perLoss }, () => random.pick(agents));
      const arriving = Promise.all(burst.map((agent) => lastHop.arrive(agent)));
      await delay(random.below(longestMomentMs));
      waiting += arrived.length - lastHop.told;
      await nats.restart({ loseData: true });
      await arriving;
      await waitFor(() => arrived.length - lastHop.told <= perLoss, { timeout: 300_000 });
    }
    await waitFor(() => lastHop.told >= size.deliveries, { timeout: 300_000 }).catch(() => {});
    expectAllTold(arrived, events);
    expect(waiting).toBeGreaterThan(0);
    const consumed = await openclaw.consumed();
    expectEachOnce(arrived, consumed);
    expectArrivalOrder(arrived, consumed);
    expectAllowedEvents(arrived, events);
    // No OpenClaw gateway lost anything here.
    expect(events.count('MessageLost')).toBe(0);
    process.stdout.write(
      `last hop: ${size.losses} losses of JetStream’s data, ${size.deliveries} deliveries, seed ${seed}: ${events.summary()}\n`,
    );
  }, 1_800_000);
});
