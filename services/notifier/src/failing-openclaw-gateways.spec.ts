import 'reflect-metadata';
import { streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataOf, type Stage, Surroundings, toldTo, typesOf } from './testing/test-notifier.ts';

/** Short, for OpenClaw gateways that do not answer, but long enough for an answer on a slow machine. */
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
    ['drop_before_answer', 1, 'ok'],
    ['drop_after_accept', 0, 'ok'],
    ['drop_after_answer', 0, 'ok'],
    ['unavailable', 0, 'ok'],
    ['run_failed', 0, 'error'],
    ['never_answer', 1, 'ok'],
    ['never_answer_after_accept', 0, 'ok'],
    ['malformed_answer', 0, 'ok'],
  ] as const)('has the message exactly once after one fault: %s', async (mode, failedAttempts, outcome) => {
    await stage.simulator.fail({ mode }, { times: 1 });
    await around.notifier({
      NOTIFIER_RETRY_BASE_SECONDS: '1.5',
      NOTIFIER_RETRY_MAX_SECONDS: '3',
      ...shortPatience,
    });
    const arrival = await around.arrive(stage);
    const next = await around.arrive(stage);
    await around.handled(next);
    const facts = await around.handled(arrival);
    expect(typesOf(facts)).toEqual([
      'DeliveryAttempted',
      ...Array.from({ length: failedAttempts }, () => 'DeliveryAttemptFailed'),
      'MessageConfirmed',
      'AgentRunEnded',
    ]);
    expect(dataOf(facts, 'MessageConfirmed')).toMatchObject([{ attempt: failedAttempts + 1 }]);
    expect(dataOf(facts, 'AgentRunEnded')).toMatchObject([{ outcome }]);
    expect(toldTo(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual([arrival.id, next.id]);
  });

  it('gets the next message at its new address, with its new token', async () => {
    await around.notifier();
    await around.handled(await around.arrive(stage));
    const moved = await around.stage();
    const token = await around.keyring.encrypt(`openclaw_gateway:${stage.gatewayId}`, moved.simulator.token);
    await around.scene.append(streams.openclawGateway(stage.gatewayId), {
      type: 'OpenclawGatewayUpdated',
      data: { gatewayId: stage.gatewayId, url: moved.simulator.url, token },
    });
    await around.handled(await around.arrive(stage));
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
    const waiting = await around.arrive(stage);
    await stage.simulator.heal();
    await around.handled(waiting);
    await around.lanesEmpty();
    expect(toldTo(stage)).toHaveLength(dead.length + 1);
  });
});
