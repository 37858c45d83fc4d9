import 'reflect-metadata';
import { newRandomId, streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consumedBy, dataOf, type Stage, Surroundings, toldTo, typesOf } from './testing/test-notifier.ts';

describe('an OpenClaw gateway that is away', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  const statuses = ({ gatewayId } = stage) => around.scene.facts(streams.openclawGatewayStatus(gatewayId));
  const statusIs = (type: string, of = stage) =>
    waitFor(async () => {
      const last = (await statuses(of)).at(-1);
      return last?.type === type && last;
    });

  it('gets 200 waiting messages in order when it is back, with nothing parked and no attempt counted', async () => {
    await around.notifier();
    await around.handled(await around.arrive(stage));
    await stage.simulator.fail({ mode: 'refuse_connections' });
    const arrivals = [];
    for (let n = 0; n < 200; n += 1) arrivals.push(await around.arrive(stage));
    const away = await statusIs('OpenclawGatewayUnavailable');
    expect(away).toMatchObject({ data: { state: 'away', code: 'gateway_unreachable' } });
    await stage.simulator.heal();
    for (const arrival of arrivals) {
      const facts = await around.handled(arrival);
      expect(typesOf(facts)).toEqual(['DeliveryAttempted', 'MessageConfirmed', 'AgentRunEnded']);
    }
    const keys = consumedBy(stage).map(({ idempotencyKey }) => idempotencyKey);
    expect(keys.slice(1)).toEqual(arrivals.map(({ id }) => id));
    await statusIs('OpenclawGatewayAvailable');
    expect((await statuses()).map(({ type }) => type)).toEqual([
      'OpenclawGatewayAvailable',
      'OpenclawGatewayUnavailable',
      'OpenclawGatewayAvailable',
    ]);
    await around.lanesEmpty();
  });

  it.each([{ mode: 'unavailable', retryAfterMs: 300 } as const, { mode: 'reset_connections' } as const])(
    'keeps the order after %j',
    async (fault) => {
      await stage.simulator.fail(fault);
      const { logged } = await around.notifier();
      const arrivals = [];
      for (let n = 0; n < 10; n += 1) arrivals.push(await around.arrive(stage));
      if (fault.mode === 'unavailable') await around.deliveryWith(arrivals[0] as never, 'DeliveryAttempted');
      else await waitFor(() => logged.some((line) => line.includes('not connected')));
      await stage.simulator.heal();
      for (const arrival of arrivals) await around.handled(arrival);
      expect(toldTo(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual(arrivals.map(({ id }) => id));
    },
  );

  it('parks a message that has waited for too long', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    await around.notifier({ DELIVERY_RESUME_MAX_AGE_SECONDS: '0' });
    const facts = await around.deliveryWith(await around.arrive(stage), 'DeliveryParked');
    expect(typesOf(facts)).toEqual(['DeliveryParked']);
    expect(dataOf(facts, 'DeliveryParked')).toMatchObject([{ reason: 'expired_undelivered' }]);
    await around.lanesEmpty();
  });

  it('does not keep messages whose board has moved to another OpenClaw gateway', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    await around.notifier();
    const arrivals = [];
    for (let n = 0; n < 5; n += 1) arrivals.push(await around.arrive(stage));
    await statusIs('OpenclawGatewayUnavailable');
    const other = await around.stage();
    const { boardId, sessionKey } = stage;
    const { gatewayId } = other;
    await around.scene.append(streams.board(boardId), { type: 'BoardUpdated', data: { boardId, gatewayId } });
    // They leave the old lane. The relay publishes them on the new one.
    await around.lanesEmpty();
    const moved = { ...stage, gatewayId };
    for (const arrival of arrivals) {
      await around.refer(moved, arrival, arrival.payloadId, 'WebhookPayloadReceived', newRandomId());
    }
    for (const arrival of arrivals) await around.handled(arrival);
    expect(consumedBy({ ...other, sessionKey }).map(({ idempotencyKey }) => idempotencyKey)).toEqual(
      arrivals.map(({ id }) => id),
    );
    await around.lanesEmpty();
  });

  it('notices a change right behind others that do not concern its messages', async () => {
    await around.notifier();
    const other = await around.stage();
    for (let before = 1; before <= 12; before += 1) {
      const moving = await around.stage();
      await moving.simulator.fail({ mode: 'refuse_connections' });
      await around.arrive(moving);
      await statusIs('OpenclawGatewayUnavailable', moving);
      const update = (boardId: string, change: { name: string } | { gatewayId: string }) =>
        around.scene.append(streams.board(boardId), { type: 'BoardUpdated', data: { boardId, ...change } });
      // They are committed together, so the cache learns of them one right after the other.
      await Promise.all([
        ...Array.from({ length: before }, (_, n) => update(other.boardId, { name: `Board ${n}` })),
        update(moving.boardId, { gatewayId: other.gatewayId }),
      ]);
      await around.lanesEmpty();
    }
  });

  it('does not keep messages whose agent has been deleted', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    await around.notifier();
    const arrivals = [await around.arrive(stage), await around.arrive(stage)];
    await statusIs('OpenclawGatewayUnavailable');
    const { agentId, boardId } = stage;
    await around.scene.append(streams.agent(agentId), { type: 'AgentDeleted', data: { agentId, boardId } });
    for (const arrival of arrivals) {
      const facts = await around.deliveryWith(arrival, 'DeliveryParked');
      expect(dataOf(facts, 'DeliveryParked')).toMatchObject([{ reason: 'agent_deleted' }]);
    }
  });
});
