import { randomInt } from 'node:crypto';
import { streams } from '@mission-control/contracts';
import {
  type Fault,
  type OpenClawSimulator,
  startOpenClawSimulator,
  waitFor,
} from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import {
  deliveryOf,
  expectAllowedEvents,
  expectAllTold,
  expectArrivalOrder,
  expectEachOnce,
} from './each-once.spec-support.ts';
import { type Addressee, type Arrived, LastHop } from './last-hop.spec-support.ts';
import { randomFrom } from './random.spec-support.ts';

const seed = Number(process.env.LAST_HOP_SEED ?? randomInt(2 ** 31));

/** As many as a session has acknowledged and not confirmed at most. The next one has not begun then. */
const unconfirmed = 10;

let lastHop: LastHop;
let openclaw: OpenClawSimulator;
let gatewayId: string;

beforeEach(async () => {
  lastHop = await LastHop.start({ notifiers: 2, env: { NOTIFIER_MAX_RETRIES: '100' } });
  openclaw = await startOpenClawSimulator({ historyDelayMs: 5, runMs: 5, recoveryDelayMs: 50 });
  gatewayId = await lastHop.gatewayOf(openclaw);
  lastHop.startServices();
  onTestFailed(() => void process.stderr.write(lastHop.report()));
});
afterEach(async () => {
  await lastHop?.end();
  await openclaw?.stop();
});

const allTold = async () => {
  const { arrived, events } = lastHop;
  await waitFor(() => lastHop.told >= arrived.length, { timeout: 120_000 }).catch(() => {});
  expectAllTold(arrived, events);
};

/** @param sessionOf where each arrival went, if not to the session that it arrived for */
const expectAllHolds = async (sessionOf: (one: Arrived) => string = (one) => one.sessionKey) => {
  await allTold();
  const arrived = lastHop.arrived.map((one) => ({ ...one, sessionKey: sessionOf(one) }));
  const consumed = openclaw.consumed();
  expectEachOnce(arrived, consumed);
  expectArrivalOrder(arrived, consumed);
  expectAllowedEvents(arrived, lastHop.events);
};

const arriveAt = async (agents: readonly Addressee[], times: number): Promise<Arrived[]> => {
  const arrived: Arrived[] = [];
  for (let n = 0; n < times; n += 1) for (const agent of agents) arrived.push(await lastHop.arrive(agent));
  return arrived;
};

const acknowledged = (arrived: readonly Arrived[]) =>
  waitFor(() => arrived.every(({ deliveryId }) => lastHop.events.has(deliveryId, 'MessageSent')), {
    timeout: 120_000,
  });

const consumedIn = (sessionKey: string) =>
  (openclaw.consumed()[sessionKey] ?? []).map(({ idempotencyKey }) => deliveryOf(idempotencyKey));

const idsOf = (arrived: readonly Arrived[]) => arrived.map(({ deliveryId }) => deliveryId);

describe('the order of messages in a session', () => {
  it(`holds while sends fail in every way (LAST_HOP_SEED=${seed})`, async () => {
    const random = randomFrom(seed);
    const faults: readonly Fault[] = [
      { mode: 'drop_before_answer' },
      { mode: 'drop_after_accept' },
      { mode: 'drop_after_answer' },
      { mode: 'malformed_answer' },
      { mode: 'restart_after_accept' },
      { mode: 'unavailable' },
      { mode: 'session_conflict' },
      { mode: 'history_rebuilding' },
      { mode: 'reset_connections' },
    ];
    const agents = await lastHop.addressees(gatewayId, 3);
    for (let round = 1; round <= 20; round += 1) {
      await openclaw.fail(random.pick(faults), { times: 1 + random.below(2) });
      await arriveAt(agents, 2);
      await waitFor(() => lastHop.arrived.length - lastHop.told <= 6, { timeout: 120_000 });
    }
    await openclaw.heal();
    await expectAllHolds();
  }, 300_000);

  it('holds over an outage, which uses up no attempt and parks nothing', async () => {
    const agents = await lastHop.addressees(gatewayId, 3);
    await arriveAt(agents, 1);
    await allTold();
    await openclaw.fail({ mode: 'refuse_connections' });
    await arriveAt(agents, 20);
    await waitFor(async () => {
      const status = await lastHop.scene.facts(streams.openclawGatewayStatus(gatewayId));
      return status.at(-1)?.type === 'OpenclawGatewayUnavailable';
    });
    await openclaw.heal();
    await expectAllHolds();
    const { events } = lastHop;
    expect(events.count('DeliveryAttempted')).toBe(lastHop.arrived.length);
    for (const type of ['DeliveryAttemptFailed', 'DeliveryParked', 'MessageLost'] as const)
      expect(events.count(type)).toBe(0);
  }, 300_000);

  it('holds for two agents on different boards who share it, under two names', async () => {
    const [ada, bob] = await Promise.all(
      ['agent:main:shared', 'Shared'].map(async (session): Promise<Addressee> => {
        const boardId = await lastHop.scene.board({ gatewayId });
        const agentId = await lastHop.scene.agent(boardId, { session });
        const webhookId = await lastHop.scene.webhook(boardId, { agentId });
        return { gatewayId, boardId, webhookId, agentId, sessionKey: 'agent:main:shared' };
      }),
    );
    await arriveAt([ada, bob] as Addressee[], 40);
    await expectAllHolds();
    expect(consumedIn('agent:main:shared')).toEqual(idsOf(lastHop.arrived));
  }, 300_000);
});

describe('the order of messages whose target changes in the middle', () => {
  /** Lets a session fill up, changes the target while more wait, and lets everything go on. */
  const changeInTheMiddle = async (to: Addressee, change: () => Promise<unknown>) => {
    const release = openclaw.holdHistory();
    const before = await arriveAt([to], unconfirmed);
    await acknowledged(before);
    const waiting = await arriveAt([to], 20);
    await change();
    const after = await arriveAt([to], 20);
    release();
    await allTold();
    return { before, waiting, after };
  };

  /**
   * Of the messages that waited, some of the first may have gone to the old session, because the notifier hears of the change a little
   * later.
   */
  const expectOneAfterTheOther = (
    { before, waiting, after }: Awaited<ReturnType<typeof changeInTheMiddle>>,
    toOld: readonly string[],
    toNew: readonly string[],
  ) => {
    expect([...toOld, ...toNew]).toEqual(idsOf([...before, ...waiting, ...after]));
    expect(toOld.length).toBeGreaterThanOrEqual(before.length);
    expect(toNew.length).toBeGreaterThanOrEqual(after.length);
  };

  const boardWithLead = async () => {
    const [lead] = (await lastHop.addressees(gatewayId, 1)) as [Addressee];
    await lastHop.scene.append(streams.board(lead.boardId), {
      type: 'BoardLeadChanged',
      data: { boardId: lead.boardId, leadAgentId: lead.agentId },
    });
    return { ...lead, webhookId: await lastHop.scene.webhook(lead.boardId) };
  };

  it('is that of arrival when the board gets another lead', async () => {
    const lead = await boardWithLead();
    const next = 'agent:main:next';
    const leadAgentId = await lastHop.scene.agent(lead.boardId, { session: next });
    const arrivals = await changeInTheMiddle(lead, () =>
      lastHop.scene.append(streams.board(lead.boardId), {
        type: 'BoardLeadChanged',
        data: { boardId: lead.boardId, leadAgentId },
      }),
    );
    const toOld = consumedIn(lead.sessionKey);
    expectOneAfterTheOther(arrivals, toOld, consumedIn(next));
    await expectAllHolds(({ deliveryId }) => (toOld.includes(deliveryId) ? lead.sessionKey : next));
  }, 300_000);

  it('is that of arrival when the agent gets another session', async () => {
    const [agent] = (await lastHop.addressees(gatewayId, 1)) as [Addressee];
    const next = 'agent:main:next';
    const arrivals = await changeInTheMiddle(agent, () =>
      lastHop.scene.append(streams.agent(agent.agentId), {
        type: 'AgentUpdated',
        data: { agentId: agent.agentId, openclawSessionId: next },
      }),
    );
    const toOld = consumedIn(agent.sessionKey);
    expectOneAfterTheOther(arrivals, toOld, consumedIn(next));
    await expectAllHolds(({ deliveryId }) => (toOld.includes(deliveryId) ? agent.sessionKey : next));
  }, 300_000);

  it('is that of arrival when the board gets another OpenClaw gateway, also in a session that others write to', async () => {
    const [agent] = (await lastHop.addressees(gatewayId, 1)) as [Addressee];
    const other = await startOpenClawSimulator({ historyDelayMs: 5, runMs: 5 });
    try {
      const otherId = await lastHop.gatewayOf(other);
      const [neighbour] = (await lastHop.addressees(otherId, 1)) as [Addressee];
      await arriveAt([neighbour], 5);
      const arrivals = await changeInTheMiddle(agent, () =>
        lastHop.scene.append(streams.board(agent.boardId), {
          type: 'BoardUpdated',
          data: { boardId: agent.boardId, gatewayId: otherId },
        }),
      );
      const got = (other.consumed()[agent.sessionKey] ?? []).map(({ idempotencyKey }) =>
        deliveryOf(idempotencyKey),
      );
      expectOneAfterTheOther(arrivals, consumedIn(agent.sessionKey), got);
      expectAllowedEvents(lastHop.arrived, lastHop.events);
    } finally {
      await other.stop();
    }
  }, 300_000);
});
