import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import {
  type Consumed,
  deliveryOf,
  expectAllowedEvents,
  expectAllTold,
  expectArrivalOrder,
  expectEachOnce,
} from './each-once.spec-support.ts';
import { type Addressee, type Arrived, LastHop } from './last-hop.spec-support.ts';
import { OpenClawProcess } from './openclaw.spec-support.ts';

/** As many as a session has acknowledged and not confirmed at most. */
const perSession = 10;

let lastHop: LastHop;
const ending: (() => Promise<void>)[] = [];

beforeEach(async () => {
  lastHop = await LastHop.start({ notifiers: 2 });
  onTestFailed(() => void process.stderr.write(lastHop.report()));
});
afterEach(async () => {
  await lastHop?.end();
  for (const end of ending.splice(0)) await end();
});

const agentsOf = async (openclaw: { url: string; token: string }, count: number) => {
  const agents = await lastHop.addressees(await lastHop.gatewayOf(openclaw), count);
  lastHop.startServices();
  return agents;
};

const simulated = async (): Promise<OpenClawSimulator> => {
  const openclaw = await startOpenClawSimulator({ historyDelayMs: 0, recoveryDelayMs: 50 });
  ending.push(() => openclaw.stop());
  return openclaw;
};

/** One more for each agent, in turn. */
const arriveAt = async (agents: readonly Addressee[], times = 1): Promise<Arrived[]> => {
  const arrived: Arrived[] = [];
  for (let n = 0; n < times; n += 1) for (const agent of agents) arrived.push(await lastHop.arrive(agent));
  return arrived;
};

const told = async (arrived: readonly Arrived[]) => {
  const { events } = lastHop;
  const all = () => arrived.every(({ deliveryId }) => events.has(deliveryId, 'MessageConfirmed'));
  await waitFor(all, { timeout: 120_000 }).catch(() => {});
  expectAllTold(arrived, events);
};

const acknowledged = (arrived: readonly Arrived[]) =>
  waitFor(() => arrived.every(({ deliveryId }) => lastHop.events.has(deliveryId, 'MessageSent')), {
    timeout: 120_000,
  });

const expectAllHolds = async (consumed: Consumed) => {
  const { arrived, events } = lastHop;
  await told(arrived);
  expectEachOnce(arrived, consumed);
  expectArrivalOrder(arrived, consumed);
  expectAllowedEvents(arrived, events);
};

const lostOf = (arrived: readonly Arrived[]): string[] =>
  arrived
    .filter(({ deliveryId }) => lastHop.events.has(deliveryId, 'MessageLost'))
    .map((one) => one.deliveryId);
const idsOf = (arrived: readonly Arrived[]) => arrived.map(({ deliveryId }) => deliveryId);

describe('an OpenClaw gateway that loses acknowledged messages', () => {
  it.each(['nothing', 'interrupted', 'row'] as const)(
    'by a kill that leaves of each: %s',
    async (keep) => {
      const openclaw = await simulated();
      const agents = await agentsOf(openclaw, 5);
      // A message in a session without a history leaves nothing but a pending input, and that only if another one came before it.
      if (keep !== 'nothing') await told(await arriveAt(agents));
      const release = openclaw.holdHistory();
      const held = await arriveAt(agents, perSession);
      await acknowledged(held);
      await openclaw.restart({ keep });
      release();
      const later = await arriveAt(agents);
      await told([...held, ...later]);
      expect(lostOf(held)).toEqual(keep === 'row' ? [] : idsOf(held));
      const consumed = openclaw.consumed();
      await expectAllHolds(consumed);
      // They were sent again before anything new.
      for (const [sessionKey, ofSession] of Map.groupBy(lastHop.arrived, (one) => one.sessionKey)) {
        const got = consumed[sessionKey]?.map(({ idempotencyKey }) => deliveryOf(idempotencyKey));
        expect(got).toEqual(idsOf(ofSession));
      }
    },
    300_000,
  );

  it('by a kill that leaves some of them: only the lost ones are sent again, in order', async () => {
    const openclaw = await simulated();
    const agents = await agentsOf(openclaw, 5);
    await told(await arriveAt(agents));
    const release = openclaw.holdHistory();
    const held = await arriveAt(agents, perSession);
    await acknowledged(held);
    const kinds = ['row', 'interrupted', 'nothing'] as const;
    const keep = Object.fromEntries(
      held.map(({ deliveryId }, n) => [deliveryId, kinds[n % kinds.length] ?? 'row']),
    );
    await openclaw.restart({ keep });
    release();
    await arriveAt(agents);
    await told(lastHop.arrived);
    expect(lostOf(held)).toEqual(idsOf(held).filter((id) => keep[id] !== 'row'));
    const consumed = openclaw.consumed();
    await expectAllHolds(consumed);
    for (const [sessionKey, ofSession] of Map.groupBy(lastHop.arrived, (one) => one.sessionKey)) {
      const ids = idsOf(ofSession);
      const lost = (id: string) => keep[id] !== undefined && keep[id] !== 'row';
      const [latest] = ids.slice(-1);
      const got = consumed[sessionKey]?.map(({ idempotencyKey }) => deliveryOf(idempotencyKey));
      const survivors = ids.filter((id) => !lost(id) && id !== latest);
      expect(got).toEqual([...survivors, ...ids.filter(lost), latest]);
    }
  }, 300_000);

  it('by SIGTERM, of which all that wait in their sessions are sent again in order', async () => {
    const openclaw = await simulated();
    const agents = await agentsOf(openclaw, 5);
    await openclaw.endRuns({ kind: 'never_ends' });
    await told(await arriveAt(agents));
    const waiting = await arriveAt(agents, perSession);
    await acknowledged(waiting);
    await openclaw.endRuns({ kind: 'ok' });
    await openclaw.restart({ signal: 'SIGTERM', drainMs: 50 });
    await arriveAt(agents);
    await told(lastHop.arrived);
    expect(lostOf(waiting)).toEqual(idsOf(waiting));
    const consumed = openclaw.consumed();
    await expectAllHolds(consumed);
    for (const [sessionKey, ofSession] of Map.groupBy(lastHop.arrived, (one) => one.sessionKey)) {
      const got = consumed[sessionKey]?.map(({ idempotencyKey }) => deliveryOf(idempotencyKey));
      expect(got).toEqual(idsOf(ofSession));
    }
  }, 300_000);

  it('as a process that is killed three times with as many acknowledged messages as there can be', async () => {
    const never = { historyDelayMs: 24 * 60 * 60_000, runMs: 10 };
    const openclaw = await OpenClawProcess.start('OpenClaw gateway', lastHop.folder, never);
    ending.push(() => openclaw.stop());
    const agents = await agentsOf(openclaw, 5);
    const held = await arriveAt(agents, perSession);
    await acknowledged(held);
    // They are sent again one at a time, and none is confirmed.
    const firsts = held.slice(0, agents.length);
    const resent = (times: number) =>
      waitFor(
        () =>
          firsts.every(({ deliveryId }) => {
            const own = lastHop.events.of(deliveryId).filter(({ event }) => event.type === 'MessageSent');
            return own.length > times;
          }),
        { timeout: 120_000 },
      );
    for (const times of [1, 2]) {
      await openclaw.kill();
      await openclaw.start(never);
      await resent(times);
    }
    await openclaw.kill();
    await openclaw.start({ historyDelayMs: 10, runMs: 10 });
    await arriveAt(agents);
    await told(lastHop.arrived);
    const consumed = await openclaw.consumed();
    await expectAllHolds(consumed);
    expect(lastHop.events.count('MessageLost')).toBe(held.length + 2 * firsts.length);
  }, 300_000);
});
