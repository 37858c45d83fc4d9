import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { newRandomId, streams } from '@mission-control/contracts';
import type { ScenePayload } from '@mission-control/test-scene';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Consumed,
  expectAllowedEvents,
  expectAllTold,
  expectArrivalOrder,
  expectEachOnce,
} from './each-once.spec-support.ts';
import { type Addressee, LastHop } from './last-hop.spec-support.ts';
import { OpenClawProcess } from './openclaw.spec-support.ts';
import { randomFrom } from './random.spec-support.ts';

const full = process.env.TEST_SIZE === 'full';
const size = full
  ? { kills: 100, deliveries: 5_000, agents: 50, burst: 1_000 }
  : { kills: 12, deliveries: 300, agents: 10, burst: 60 };
/** `LAST_HOP_SEED=…` repeats the moments and the order of a run, as far as the machine does. */
const seed = Number(process.env.LAST_HOP_SEED ?? randomInt(2 ** 31));

const perKill = size.deliveries / size.kills;
/** More arrivals follow when at most this many are not told. */
const mostUntold = 4 * perKill;
const longestMomentMs = 400;
const longestAbsenceMs = 600;

interface Victim {
  readonly name: string;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void> | void;
}

let lastHop: LastHop;
let openclaws: OpenClawProcess[] = [];
let agents: Addressee[] = [];

const everythingConsumed = async (): Promise<Consumed> =>
  Object.assign({}, ...(await Promise.all(openclaws.map((openclaw) => openclaw.consumed()))));

describe('the last hop under fire', () => {
  beforeAll(async () => {
    lastHop = await LastHop.start({ notifiers: 2 });
    // A quick one, and one with many unconfirmed messages at any time.
    for (const [name, timing] of [
      ['OpenClaw gateway 1', { historyDelayMs: 10, runMs: 10 }],
      ['OpenClaw gateway 2', { historyDelayMs: 300, runMs: 200 }],
    ] as const) {
      const openclaw = await OpenClawProcess.start(name, lastHop.folder, timing);
      openclaws.push(openclaw);
      const gatewayId = await lastHop.gatewayOf(openclaw);
      agents.push(...(await lastHop.addressees(gatewayId, size.agents / 2)));
    }
    lastHop.startServices();
  });
  afterAll(async () => {
    await lastHop?.end();
    await Promise.all(openclaws.map((openclaw) => openclaw.stop()));
    openclaws = [];
    agents = [];
  });

  it(`${size.kills} kills with -9, of notifiers, relay, nats-server and OpenClaw gateways, during ${size.deliveries} deliveries to ${size.agents} agents: each session gets each message once, in arrival order (LAST_HOP_SEED=${seed})`, async ({
    onTestFailed,
  }) => {
    onTestFailed(() => void process.stderr.write(lastHop.report()));
    const random = randomFrom(seed);
    const { relay, notifiers, nats } = lastHop;
    const natsServer = { name: 'nats-server', kill: () => nats.kill(), start: () => nats.restart() };
    const [first, second] = openclaws as [OpenClawProcess, OpenClawProcess];
    const victims = [notifiers[0], first, relay, natsServer, notifiers[1], second] as Victim[];
    const starting = new Map<Victim, Promise<void>>();

    for (let kill = 0; kill < size.kills; kill += 1) {
      const burst = Array.from({ length: perKill }, () => random.pick(agents));
      await Promise.all(burst.map((agent) => lastHop.arrive(agent)));
      const victim = victims[kill % victims.length] as Victim;
      // It may not have been restarted since the last kill.
      await starting.get(victim);
      await delay(random.below(longestMomentMs));
      await victim.kill();
      const absenceMs = random.below(longestAbsenceMs);
      starting.set(
        victim,
        delay(absenceMs).then(() => victim.start()),
      );
      await waitFor(() => lastHop.arrived.length - lastHop.told <= mostUntold, { timeout: 300_000 });
    }
    await Promise.all(starting.values());

    const { arrived, events } = lastHop;
    expect(arrived).toHaveLength(size.deliveries);
    await waitFor(() => lastHop.told >= arrived.length, { timeout: 300_000 }).catch(() => {});
    expectAllTold(arrived, events);
    // The outcome of runs that a kill cut off cannot be determined. That is recorded after a minute.
    if (full) await waitFor(() => events.count('AgentRunEnded') >= arrived.length, { timeout: 300_000 });
    const consumed = await everythingConsumed();
    expectEachOnce(arrived, consumed);
    expectArrivalOrder(arrived, consumed);
    expectAllowedEvents(arrived, events);
    process.stdout.write(
      `last hop: ${size.kills} kills, ${size.deliveries} deliveries, ${size.agents} agents, seed ${seed}: ${events.summary()}\n`,
    );
  }, 3_600_000);

  it(`a burst of ${size.burst} payloads that are told together, with relay, notifiers and nats-server killed with -9 in between: the agent is told once, of all of them`, async ({
    onTestFailed,
  }) => {
    onTestFailed(() => void process.stderr.write(lastHop.report()));
    const { relay, notifiers, nats, scene } = lastHop;
    const [{ gatewayId = '' } = {}] = agents;
    const boardId = await scene.board({ gatewayId });
    const sessionKey = `agent:main:${newRandomId()}`;
    await scene.agent(boardId, { isLead: true, session: sessionKey });
    const coalesce = { key: '/id', window_seconds: 3_600, max_wait_seconds: 3_600, max_payloads: size.burst };
    const webhook = { boardId, webhookId: await scene.webhook(boardId, { rules: { coalesce } }) };
    const again = async (service: (typeof notifiers)[number]) => {
      await service.kill();
      service.start();
    };

    const payloads: ScenePayload[] = [];
    const burst = async (part: number) => {
      while (payloads.length < size.burst * part)
        payloads.push(await scene.arrival(webhook, { body: `{"id":7,"n":${payloads.length}}` }));
    };
    const [first, ...others] = notifiers;
    await burst(0.25);
    await again(relay);
    await burst(0.5);
    await nats.kill();
    await burst(0.75);
    await nats.restart();
    await relay.kill();
    await burst(1);
    relay.start();
    // It is killed while it claims the payloads, or has just decided.
    await waitFor(
      async () => (await scene.facts(streams.delivery(payloads[0]?.payloadId ?? ''))).length > 0,
      {
        timeout: 300_000,
      },
    );
    await again(relay);
    const [together] = await waitFor(
      async () => {
        const facts = await scene.facts(streams.coalesced(webhook.webhookId));
        return facts.length > 0 && facts;
      },
      { timeout: 300_000 },
    );
    const delivery = streams.delivery(together?.id ?? '');
    await waitFor(async () => (await scene.facts(delivery)).length > 0, { timeout: 300_000 });
    if (first) await again(first);
    await nats.kill();
    for (const other of others) await again(other);
    await nats.restart();
    const told = () => scene.facts(delivery);
    await waitFor(async () => (await told()).some(({ type }) => type === 'MessageConfirmed'), {
      timeout: 300_000,
    });

    const messages = (await everythingConsumed())[sessionKey] ?? [];
    expect(messages).toHaveLength(1);
    for (const { payloadId } of payloads) expect(messages[0]?.text).toContain(payloadId);
    expect(await scene.facts(streams.coalesced(webhook.webhookId))).toHaveLength(1);
    expect((await told()).filter(({ type }) => type === 'DeliveryAttempted')).toHaveLength(1);
    process.stdout.write(`last hop: ${payloads.length} payloads told together, once\n`);
  }, 3_600_000);
});
