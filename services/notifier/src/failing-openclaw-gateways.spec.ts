import 'reflect-metadata';
import { type DomainEvent, type EventData, streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Stage, Surroundings, toldTo } from './testing/test-notifier.ts';

const typesOf = (facts: readonly DomainEvent[]) => facts.map(({ type }) => type);
const dataOf = <T extends DomainEvent['type']>(facts: readonly DomainEvent[], type: T) =>
  facts.filter((fact) => fact.type === type).map(({ data }) => data as EventData<T>);

/** For OpenClaw gateways that do not answer; still long enough for an answer on a slow machine. */
const shortPatience = { NOTIFIER_ANSWER_TIMEOUT_SECONDS: '5' };

describe('a failing OpenClaw gateway', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  it.each([
    'drop_before_answer',
    'drop_after_accept',
    'unavailable',
    'run_failed',
    'never_answer',
    'never_answer_after_accept',
  ] as const)('has the message exactly once after one fault: %s', async (mode) => {
    await stage.simulator.fail({ mode }, { times: 1 });
    await around.notifier({
      NOTIFIER_RETRY_BASE_SECONDS: '1.5',
      NOTIFIER_RETRY_MAX_SECONDS: '3',
      ...shortPatience,
    });
    const arrival = await around.arrive(stage);
    const next = await around.arrive(stage);
    await around.deliveryOnceAt(next, 'AgentTold');
    const facts = await around.deliveryOnceAt(arrival, 'AgentTold');
    expect(typesOf(facts)).toEqual(['DeliveryAttempted', 'DeliveryAttemptFailed', 'AgentTold']);
    expect(dataOf(facts, 'AgentTold')).toMatchObject([{ attempt: 2 }]);
    expect(toldTo(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual([arrival.id, next.id]);
  });

  it('has the message once after it accepted it, was killed and forgot its keys', async () => {
    await stage.simulator.fail({ mode: 'never_answer_after_accept' }, { times: 1 });
    await around.notifier({
      NOTIFIER_RETRY_BASE_SECONDS: '1',
      NOTIFIER_RETRY_MAX_SECONDS: '1',
      ...shortPatience,
    });
    const arrival = await around.arrive(stage);
    await around.deliveryOnceAt(arrival, 'DeliveryAttemptFailed');
    await stage.simulator.restart();
    await around.deliveryOnceAt(arrival, 'AgentTold');
    expect(toldTo(stage)).toHaveLength(1);
  });

  it('gets the next message at its new address, with its new token', async () => {
    await around.notifier();
    await around.deliveryOnceAt(await around.arrive(stage), 'AgentTold');
    const moved = await around.stage();
    const token = await around.keyring.encrypt(`openclaw_gateway:${stage.gatewayId}`, moved.simulator.token);
    await around.scene.append(streams.openclawGateway(stage.gatewayId), {
      type: 'OpenclawGatewayUpdated',
      data: { gatewayId: stage.gatewayId, url: moved.simulator.url, token },
    });
    await around.deliveryOnceAt(await around.arrive(stage), 'AgentTold');
    expect(moved.simulator.sessions()[stage.sessionKey]).toHaveLength(1);
    expect(toldTo(stage)).toHaveLength(1);
  });

  it('does not hold up the lanes of others, and is served once it is back', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    await around.notifier({ NOTIFIER_RETRY_BASE_SECONDS: '0.3', NOTIFIER_RETRY_MAX_SECONDS: '0.3' });
    const dead = [];
    for (let n = 0; n < 2; n += 1) dead.push(await around.arrive(stage));
    const alive = await around.stage();
    const arrivals = [];
    for (let n = 0; n < 20; n += 1) arrivals.push(await around.arrive(alive));
    await waitFor(() => toldTo(alive).length === 20);
    await around.deliveryOnceAt(dead[0] as (typeof dead)[0], 'DeliveryParked');
    const waiting = await around.arrive(stage);
    await stage.simulator.heal();
    await around.deliveryOnceAt(waiting, 'AgentTold');
    await around.lanesEmpty();
  });
});
