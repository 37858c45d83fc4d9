import 'reflect-metadata';
import { streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mostUnconfirmed } from './confirming/confirmer.ts';
import { consumedBy, type Stage, Surroundings, toldTo } from './testing/test-notifier.ts';

describe('the order of messages', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  /** Another agent of the stage's board, with its own webhook. */
  const another = async (session: string): Promise<Stage> => {
    const agentId = await around.scene.agent(stage.boardId, { session });
    const webhookId = await around.scene.webhook(stage.boardId, { agentId });
    return { ...stage, agentId, webhookId, sessionKey: session };
  };

  it('is kept per session: agents of one board do not wait for each other', async () => {
    const other = await another('agent:main:other');
    await stage.simulator.endRuns({ kind: 'never_ends' }, { sessionKey: stage.sessionKey });
    await around.notifier();
    const stuck = [];
    for (let n = 0; n < mostUnconfirmed + 5; n += 1) stuck.push(await around.arrive(stage));
    await around.deliveryWith(stuck[0] as (typeof stuck)[0], 'MessageConfirmed');
    await waitFor(() => toldTo(stage).length === mostUnconfirmed + 1);
    const arrivals = [];
    for (let n = 0; n < 20; n += 1) arrivals.push(await around.arrive(other));
    for (const arrival of arrivals) await around.handled(arrival);
    expect(consumedBy(other).map(({ idempotencyKey }) => idempotencyKey)).toEqual(
      arrivals.map(({ id }) => id),
    );
    // Besides the running message, the OpenClaw gateway holds at most as many as the session may have unconfirmed.
    expect(toldTo(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual(
      stuck.slice(0, mostUnconfirmed + 1).map(({ id }) => id),
    );
  });

  it('is common to two agents that share a session', async () => {
    const one = await another('Shared');
    const two = await another('agent:main:shared');
    await around.notifier();
    const arrivals = [];
    for (let n = 0; n < 20; n += 1) arrivals.push(await around.arrive(n % 2 === 0 ? one : two));
    for (const arrival of arrivals) await around.handled(arrival);
    expect(consumedBy(two).map(({ idempotencyKey }) => idempotencyKey)).toEqual(arrivals.map(({ id }) => id));
  });

  it('is kept when the agent gets another session', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    await around.notifier();
    const arrivals = [];
    for (let n = 0; n < 10; n += 1) arrivals.push(await around.arrive(stage));
    await around.scene.append(streams.agent(stage.agentId), {
      type: 'AgentUpdated',
      data: { agentId: stage.agentId, openclawSessionId: 'agent:main:new' },
    });
    for (let n = 0; n < 10; n += 1) arrivals.push(await around.arrive(stage));
    await stage.simulator.heal();
    for (const arrival of arrivals) await around.handled(arrival);
    expect(consumedBy(stage, 'agent:main:new').map(({ idempotencyKey }) => idempotencyKey)).toEqual(
      arrivals.map(({ id }) => id),
    );
    expect(toldTo(stage)).toEqual([]);
  });

  it('is that of the log, whatever the order of the references', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    await around.notifier();
    const first = await around.arrive(stage);
    const late = await around.scene.arrival(stage);
    const arrivals = [await around.arrive(stage), await around.arrive(stage)];
    await around.refer(stage, late, late.payloadId, 'WebhookPayloadReceived');
    await waitFor(
      async () => (await around.messaging.manager.streams.info('DELIVERIES')).state.messages === 4,
    );
    const sent = await around.arrive(stage);
    await waitFor(async () => {
      const statuses = await around.scene.facts(streams.openclawGatewayStatus(stage.gatewayId));
      return statuses.length > 0;
    });
    await stage.simulator.heal();
    const order = [first, late, ...arrivals, sent];
    for (const arrival of order) await around.handled(arrival);
    expect(consumedBy(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual(order.map(({ id }) => id));
  });

  it('does not mix up deliveries when reading one fails, and an older one comes meanwhile', async () => {
    const late = await around.scene.arrival(stage);
    const failed: number[] = [];
    let failing = false;
    const openStore = async () => {
      const store = await openEventStore(around.databaseUrl);
      const readEvent: EventStore['readEvent'] = async (stream, revision) => {
        if (!failing) return store.readEvent(stream, revision);
        failed.push(revision);
        throw new Error('the event store is away');
      };
      return new Proxy(store, {
        get: (target, name) => {
          if (name === 'readEvent') return readEvent;
          const value = Reflect.get(target, name) as unknown;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    };
    await around.notifier({}, { openStore });
    const before = await around.arrive(stage);
    await around.handled(before);
    failing = true;
    const first = await around.arrive(stage);
    await waitFor(() => failed.includes(first.revision));
    await around.refer(stage, late, late.payloadId, 'WebhookPayloadReceived');
    await waitFor(() => failed.includes(late.revision));
    failing = false;
    for (const arrival of [first, late]) await around.handled(arrival);
    const keys = consumedBy(stage).map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toEqual([before.id, late.id, first.id]);
    await around.lanesEmpty();
  });
});
