import 'reflect-metadata';
import { newRandomId } from '@mission-control/contracts';
import {
  noOpenClawGateway,
  startTestOpenClawGateway,
  type TestOpenClawGateway,
} from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dataOf, Surroundings } from './testing/test-notifier.ts';

/** Runs take seconds and follow one another in a session, and the OpenClaw gateway itself retries failed ones. */
const patience = { timeout: 170_000 };

describe('a real OpenClaw gateway', () => {
  let around: Surroundings;
  let gateway: TestOpenClawGateway;
  let gatewayId: string;

  beforeAll(async () => {
    if (noOpenClawGateway !== null) return;
    gateway = await startTestOpenClawGateway();
    around = await Surroundings.create();
    gatewayId = await around.gatewayOf(gateway);
    await around.notifier();
  }, 300_000);
  beforeEach((context) => {
    if (noOpenClawGateway !== null) context.skip(noOpenClawGateway);
  });
  afterAll(async () => {
    await around?.end();
    await gateway?.stop();
  });

  const agent = async () => {
    const boardId = await around.scene.board({ gatewayId });
    const sessionKey = `agent:main:${newRandomId()}`;
    await around.scene.agent(boardId, { isLead: true, session: sessionKey });
    const webhookId = await around.scene.webhook(boardId);
    return { gatewayId, boardId, webhookId, sessionKey };
  };
  type Agent = Awaited<ReturnType<typeof agent>>;

  const facts = ({ payloadId }: { payloadId: string }) => around.scene.facts(`delivery-${payloadId}`);
  const ended = (payload: { payloadId: string }) =>
    waitFor(async () => {
      const all = await facts(payload);
      return all.some(({ type }) => type === 'AgentRunEnded') && all;
    }, patience);
  /** The keys of the messages in the session, in order, once there are that many. */
  const keys = ({ sessionKey }: Agent, count: number) =>
    waitFor(async () => {
      const rows = await gateway.history(sessionKey);
      const found = rows.flatMap(({ role, idempotencyKey }) =>
        role === 'user' && idempotencyKey ? [idempotencyKey.replace(/:user$/, '')] : [],
      );
      return found.length >= count && found;
    }, patience);

  it('has each of 50 messages to 5 agents once, in order', async () => {
    const agents = await Promise.all(Array.from({ length: 5 }, agent));
    const sent = new Map(agents.map((one) => [one, [] as string[]]));
    const arrivals: Awaited<ReturnType<typeof around.arrive>>[] = [];
    for (let n = 0; n < 50; n += 1) {
      const one = agents[n % 5] as Agent;
      const arrival = await around.arrive(one, { body: JSON.stringify({ n }) });
      sent.get(one)?.push(arrival.id);
      arrivals.push(arrival);
    }
    for (const arrival of arrivals)
      await waitFor(
        async () => (await facts(arrival)).some(({ type }) => type === 'MessageConfirmed'),
        patience,
      );
    for (const one of agents) expect(await keys(one, 10)).toEqual(sent.get(one));
    for (const arrival of arrivals) {
      const all = await ended(arrival);
      expect(dataOf(all, 'DeliveryAttempted')).toHaveLength(1);
      expect(dataOf(all, 'AgentRunEnded')).toMatchObject([{ outcome: 'ok' }]);
    }
  });

  it('loses unconfirmed messages when it is killed, and gets the lost ones again', async () => {
    const one = await agent();
    await ended(await around.arrive(one));
    // While the model is silent, all messages but the first wait in the session.
    const marker = newRandomId();
    gateway.model.fail(marker, 'silence');
    const arrivals: Awaited<ReturnType<typeof around.arrive>>[] = [];
    for (let n = 0; n < 6; n += 1)
      arrivals.push(await around.arrive(one, { body: JSON.stringify({ marker, n }) }));
    await waitFor(async () => {
      const all = await Promise.all(arrivals.map(facts));
      return all.every((some) =>
        some.some(({ type }) => type === 'MessageSent' || type === 'MessageConfirmed'),
      );
    }, patience);
    const before = await gateway.history(one.sessionKey);
    gateway.model.fail(marker, null);
    const restartedMs = await gateway.restart();
    const all = [];
    for (const arrival of arrivals)
      all.push(
        await waitFor(async () => {
          const some = await facts(arrival);
          return some.some(({ type }) => type === 'MessageConfirmed') && some;
        }, patience),
      );
    const lost = all.map((some) => dataOf(some, 'MessageLost').map(({ reason }) => reason));
    console.log(
      `restart ${Math.round(restartedMs)} ms, rows before the kill ${before.length}, lost: ${JSON.stringify(lost)}`,
    );
    expect(lost.flat().length).toBeGreaterThan(0);
    const found = await keys(one, 7);
    for (const { id } of arrivals)
      expect(found.filter((key) => key === id || key.startsWith(`${id}:`))).toHaveLength(1);
    // The messages that were not lost are in order, and so are those that were.
    const sentAgain = (key: string) => key.includes(':r');
    const ids = arrivals.map(({ id }) => id);
    for (const some of [found.filter(sentAgain), found.filter((key) => !sentAgain(key))]) {
      const order = some.map((key) => ids.indexOf(key.split(':')[0] ?? '')).filter((n) => n >= 0);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
  });

  // A 401 disables the provider for a minute, so it comes last.
  it.each([[500], [401]])('reports that the provider answered %i', async (status) => {
    const one = await agent();
    const marker = newRandomId();
    gateway.model.fail(marker, status);
    const all = await ended(await around.arrive(one, { body: JSON.stringify({ marker }) }));
    const [end] = dataOf(all, 'AgentRunEnded');
    console.log(`provider ${status}: ${JSON.stringify(end)}`);
    expect(end).toMatchObject({ outcome: 'error', detail: expect.stringMatching(`HTTP ${status}`) });
  });
});
