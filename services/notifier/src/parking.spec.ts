import 'reflect-metadata';
import { streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataOf, type Stage, Surroundings, type Target, toldTo, typesOf } from './testing/test-notifier.ts';

describe('a delivery that is not possible', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  const unconfigured: [string, (stage: Stage) => Promise<Partial<Target> | undefined>][] = [
    [
      'no_agent',
      async () => {
        const boardId = await around.scene.board({ gatewayId: stage.gatewayId });
        return { boardId, webhookId: await around.scene.webhook(boardId) };
      },
    ],
    [
      'agent_deleted',
      async ({ agentId, boardId }) => {
        const data = { agentId, boardId };
        await around.scene.append(streams.agent(agentId), { type: 'AgentDeleted', data });
        return undefined;
      },
    ],
    [
      'delivery_paused',
      async ({ boardId, webhookId }) => {
        const data = { boardId, webhookId, delivery: 'paused' } as const;
        await around.scene.append(streams.webhook(webhookId), { type: 'WebhookUpdated', data });
        return undefined;
      },
    ],
    [
      'no_session',
      async ({ agentId }) => {
        const data = { agentId, openclawSessionId: null };
        await around.scene.append(streams.agent(agentId), { type: 'AgentUpdated', data });
        return undefined;
      },
    ],
    [
      'no_gateway',
      async ({ boardId }) => {
        const data = { boardId, gatewayId: null };
        await around.scene.append(streams.board(boardId), { type: 'BoardUpdated', data });
        return { gatewayId: null };
      },
    ],
    [
      'gateway_deleted',
      async ({ gatewayId }) => {
        const data = { gatewayId };
        await around.scene.append(streams.openclawGateway(gatewayId), {
          type: 'OpenclawGatewayDeleted',
          data,
        });
        return undefined;
      },
    ],
    [
      'gateway_token_unreadable',
      async ({ gatewayId }) => {
        const token = await around.keyring.encrypt('openclaw_gateway:another', 'token');
        const data = { gatewayId, token };
        await around.scene.append(streams.openclawGateway(gatewayId), {
          type: 'OpenclawGatewayUpdated',
          data,
        });
        return undefined;
      },
    ],
    [
      'address_denied',
      async ({ gatewayId }) => {
        const data = { gatewayId, url: 'ws://169.254.169.254:80' };
        await around.scene.append(streams.openclawGateway(gatewayId), {
          type: 'OpenclawGatewayUpdated',
          data,
        });
        return undefined;
      },
    ],
  ];
  it.each(unconfigured)('is parked if its configuration prevents it: %s', async (reason, change) => {
    await around.notifier();
    const changed = { ...stage, ...(await change(stage)) };
    const arrival = await around.arrive(changed);
    const facts = await around.deliveryWith(arrival, 'DeliveryParked');
    expect(dataOf(facts, 'DeliveryParked')).toMatchObject([
      { reason, deliveryId: arrival.id, arrivalRevision: arrival.revision },
    ]);
    await around.lanesEmpty();
    expect(toldTo(stage)).toEqual([]);
  });

  it.each([
    ['wrong_token', 'token_refused'],
    ['missing_scope', 'scope_missing'],
    ['not_paired', 'not_paired'],
    ['protocol_mismatch', 'protocol_mismatch'],
  ] as const)('is parked after a rejection that an admin can fix: %s', async (mode, reason) => {
    await stage.simulator.fail({ mode });
    await around.notifier();
    const arrival = await around.arrive(stage);
    const facts = await around.deliveryWith(arrival, 'DeliveryParked');
    expect(dataOf(facts, 'DeliveryParked')).toMatchObject([{ reason }]);
    await stage.simulator.heal();
    await waitFor(async () => {
      await around.requestRedelivery(stage, arrival);
      await around.deliveryEndingWith(arrival, 'AgentRunEnded', 'DeliveryParked');
      return toldTo(stage).length === 1;
    });
  });

  it.each([
    ['unknown_session', 'DeliveryParked', 'session_invalid'],
    ['label_in_use', 'DeliveryFailed', 'invalid_request'],
  ] as const)('ends when the OpenClaw gateway rejects the message: %s', async (mode, type, reason) => {
    await stage.simulator.fail({ mode }, { times: 1 });
    await around.notifier();
    const arrival = await around.arrive(stage);
    const facts = await around.deliveryWith(arrival, type);
    expect(typesOf(facts)).toEqual(['DeliveryAttempted', type]);
    const [{ detail } = {}] = dataOf(facts, type);
    expect(dataOf(facts, type)).toMatchObject([{ reason }]);
    expect(detail?.length).toBeGreaterThan(0);
    await around.lanesEmpty();
  });

  it('is retried three times if the OpenClaw gateway does not accept the message, then parked; each failure records the next retry time', async () => {
    await stage.simulator.fail({ mode: 'drop_before_answer' });
    await around.notifier();
    const arrival = await around.arrive(stage);
    const facts = await around.deliveryWith(arrival, 'DeliveryParked');
    expect(typesOf(facts)).toEqual([
      'DeliveryAttempted',
      ...Array.from({ length: 4 }, () => 'DeliveryAttemptFailed'),
      'DeliveryParked',
    ]);
    const failures = dataOf(facts, 'DeliveryAttemptFailed');
    expect(failures.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(failures.map(({ retryAt }) => retryAt !== null)).toEqual([true, true, true, false]);
    expect(dataOf(facts, 'DeliveryParked')).toMatchObject([{ reason: 'no_answer' }]);
    await around.lanesEmpty();
  });

  it('fails when its text cannot be reproduced', async () => {
    const arrival = await around.arrive(stage);
    await around.scene.append(streams.delivery(arrival.payloadId), {
      type: 'DeliveryAttempted',
      data: {
        payloadId: arrival.payloadId,
        boardId: stage.boardId,
        webhookId: stage.webhookId,
        deliveryId: arrival.id,
        arrivalRevision: arrival.revision,
        agentId: stage.agentId,
        gatewayId: stage.gatewayId,
        sessionKey: stage.sessionKey,
        idempotencyKey: arrival.id,
        revisions: { board: 2, webhook: 0, agent: 0, gateway: 0 },
        template: 1,
        baseUrl: 'http://mission-control.test',
        textSha256: '0'.repeat(64),
      },
    });
    await around.notifier();
    const facts = await around.deliveryWith(arrival, 'DeliveryFailed');
    expect(dataOf(facts, 'DeliveryFailed')).toMatchObject([{ reason: 'text_changed' }]);
    expect(toldTo(stage)).toEqual([]);
  });
});
