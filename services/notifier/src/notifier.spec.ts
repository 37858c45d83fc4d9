import 'reflect-metadata';
import { type DomainEvent, type EventData, newRandomId, streams } from '@mission-control/contracts';
import { agentMessage } from '@mission-control/domain';
import { connectOpenClaw } from '@mission-control/openclaw';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Stage, Surroundings, toldTo } from './testing/test-notifier.ts';

const typesOf = (facts: readonly DomainEvent[]) => facts.map(({ type }) => type);
const dataOf = <T extends DomainEvent['type']>(facts: readonly DomainEvent[], type: T) =>
  facts.filter((fact) => fact.type === type).map(({ data }) => data as EventData<T>);

describe('the notifier', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  it('tells the board’s lead of an arrival, with the words of the domain, and says so', async () => {
    await around.notifier();
    const arrival = await around.arrive(stage, { body: '{"action":"opened"}', correlationId: 'req-7' });
    const facts = await around.deliveryOnceAt(arrival, 'AgentTold');
    const [received] = await around.scene.facts(arrival.stream);
    const text = agentMessage({
      payload: received?.data as EventData<'WebhookPayloadReceived'>,
      instruction: 'Triage it.',
      boardName: 'Board',
      baseUrl: 'http://mission-control.test',
    });
    expect(toldTo(stage)).toMatchObject([{ text, idempotencyKey: arrival.id }]);
    expect(typesOf(facts)).toEqual(['DeliveryAttempted', 'AgentTold']);
    expect(facts[1]).toMatchObject({
      data: {
        deliveryId: arrival.id,
        agentId: stage.agentId,
        sessionKey: stage.sessionKey,
        runId: arrival.id,
        attempt: 1,
      },
      metadata: {
        actor: { kind: 'service', id: 'notifier' },
        correlationId: 'req-7',
        causationId: arrival.id,
      },
    });
    await around.lanesEmpty();
  });

  it('tells each arrival once, in the order of the board, with two notifiers and repeated references', async () => {
    await around.notifier();
    await around.notifier();
    const arrivals = [];
    for (let n = 0; n < 30; n += 1) {
      const arrival = await around.arrive(stage, { body: `{"n":${n}}` });
      arrivals.push(arrival);
      if (n % 3 === 0) {
        await around.refer(stage, arrival, arrival.payloadId, 'WebhookPayloadReceived', newRandomId());
        const elsewhere = { ...stage, gatewayId: newRandomId() };
        await around.refer(elsewhere, arrival, arrival.payloadId, 'WebhookPayloadReceived', newRandomId());
      }
    }
    await around.lanesEmpty();
    expect(
      toldTo(stage)
        .map(({ idempotencyKey }) => idempotencyKey)
        .sort(),
    ).toEqual(arrivals.map(({ id }) => id).sort());
    for (const arrival of arrivals) {
      const facts = await around.deliveryOnceAt(arrival, 'AgentTold');
      expect(typesOf(facts)).toEqual(['DeliveryAttempted', 'AgentTold']);
    }
  });

  it('tells whom the webhook names, and whom a redelivery names before that', async () => {
    await around.notifier();
    const named = await around.scene.agent(stage.boardId, { session: 'agent:main:named' });
    const other = await around.scene.agent(stage.boardId, { session: 'agent:main:other' });
    const webhookId = await around.scene.webhook(stage.boardId, { agentId: named });
    const own = { ...stage, webhookId };
    const arrival = await around.arrive(own);
    await around.deliveryOnceAt(arrival, 'AgentTold');
    const request = await around.requestRedelivery(own, arrival, other);
    await waitFor(() => stage.simulator.sessions()['agent:main:other']?.length === 1);
    expect(stage.simulator.sessions()['agent:main:named']).toMatchObject([{ idempotencyKey: arrival.id }]);
    expect(stage.simulator.sessions()['agent:main:other']).toMatchObject([{ idempotencyKey: request.id }]);
    const facts = await around.deliveryOnceAt(arrival, 'AgentTold');
    expect(dataOf(facts, 'AgentTold').map(({ deliveryId }) => deliveryId)).toEqual([arrival.id, request.id]);
  });

  it('says of a further arrival nothing while its payload is told, and tells it once the payload is parked', async () => {
    await around.notifier();
    const told = await around.arrive(stage);
    await around.deliveryOnceAt(told, 'AgentTold');
    await around.arrive(stage, { payloadId: told.payloadId });
    await around.lanesEmpty();
    expect(toldTo(stage)).toHaveLength(1);

    await stage.simulator.fail({ mode: 'refuse_connections' });
    const parked = await around.arrive(stage);
    await around.deliveryOnceAt(parked, 'DeliveryParked');
    await stage.simulator.heal();
    const further = await around.arrive(stage, { payloadId: parked.payloadId });
    await around.deliveryOnceAt(parked, 'AgentTold');
    expect(toldTo(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual([told.id, further.id]);
  });

  const unconfigured: [string, (stage: Stage) => Promise<Partial<Stage> | undefined>][] = [
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
        return undefined;
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
  it.each(unconfigured)('parks what nobody can be told, with the reason: %s', async (reason, change) => {
    await around.notifier();
    const changed = { ...stage, ...(await change(stage)) };
    const arrival = await around.arrive(changed);
    const facts = await around.deliveryOnceAt(arrival, 'DeliveryParked');
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
  ] as const)('parks what a gateway refuses because of its configuration: %s', async (mode, reason) => {
    await stage.simulator.fail({ mode });
    await around.notifier();
    const arrival = await around.arrive(stage);
    const facts = await around.deliveryOnceAt(arrival, 'DeliveryParked');
    expect(dataOf(facts, 'DeliveryParked')).toMatchObject([{ reason }]);
    await stage.simulator.heal();
    const request = await around.requestRedelivery(stage, arrival);
    await around.deliveryOnceAt(arrival, 'AgentTold');
    expect(toldTo(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual([request.id]);
  });

  it('fails what a gateway refuses because of its content', async () => {
    await stage.simulator.fail({ mode: 'unknown_session' }, { times: 1 });
    await around.notifier();
    const arrival = await around.arrive(stage);
    const facts = await around.deliveryOnceAt(arrival, 'DeliveryFailed');
    expect(typesOf(facts)).toEqual(['DeliveryAttempted', 'DeliveryFailed']);
    await around.lanesEmpty();
  });

  it('tries a gateway that is away three times again, each a fact with the time of the next, then parks', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    await around.notifier();
    const arrival = await around.arrive(stage);
    const facts = await around.deliveryOnceAt(arrival, 'DeliveryParked');
    expect(typesOf(facts)).toEqual([
      'DeliveryAttempted',
      ...Array.from({ length: 4 }, () => 'DeliveryAttemptFailed'),
      'DeliveryParked',
    ]);
    const failures = dataOf(facts, 'DeliveryAttemptFailed');
    expect(failures.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(failures.map(({ retryAt }) => retryAt !== null)).toEqual([true, true, true, false]);
    expect(dataOf(facts, 'DeliveryParked')).toMatchObject([{ reason: 'gateway_unavailable' }]);
    await around.lanesEmpty();
  });

  it.each([
    'drop_before_answer',
    'drop_after_accept',
    'unavailable',
    'run_failed',
    'never_answer',
    'never_answer_after_accept',
  ] as const)('has told once in the end after a gateway failed once: %s', async (mode) => {
    await stage.simulator.fail({ mode }, { times: 1 });
    await around.notifier();
    const arrival = await around.arrive(stage);
    const next = await around.arrive(stage);
    await around.deliveryOnceAt(next, 'AgentTold');
    const facts = await around.deliveryOnceAt(arrival, 'AgentTold');
    expect(typesOf(facts)).toEqual(['DeliveryAttempted', 'DeliveryAttemptFailed', 'AgentTold']);
    expect(dataOf(facts, 'AgentTold')).toMatchObject([{ attempt: 2 }]);
    expect(toldTo(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual([arrival.id, next.id]);
  });

  it('has told once after a gateway took the message, was killed and has forgotten its keys', async () => {
    await stage.simulator.fail({ mode: 'never_answer_after_accept' }, { times: 1 });
    await around.notifier({ NOTIFIER_RETRY_BASE_SECONDS: '1', NOTIFIER_RETRY_MAX_SECONDS: '1' });
    const arrival = await around.arrive(stage);
    await around.deliveryOnceAt(arrival, 'DeliveryAttemptFailed');
    await stage.simulator.restart();
    await around.deliveryOnceAt(arrival, 'AgentTold');
    expect(toldTo(stage)).toHaveLength(1);
  });

  it('goes on where a killed notifier left off, whether its message had gone out or not', async () => {
    for (const goneOut of [false, true]) {
      const sending = Promise.withResolvers<void>();
      const never = new Promise<never>(() => {});
      const killed = await around.notifier(
        {},
        {
          connectOpenClaw: (options) => {
            const connection = connectOpenClaw(options);
            return {
              ...connection,
              send: async (message, within) => {
                if (goneOut) await connection.send(message, within);
                sending.resolve();
                return never;
              },
            };
          },
        },
      );
      const arrival = await around.arrive(stage, { body: `{"gone":${goneOut}}` });
      await sending.promise;
      await killed.abandon();
      await around.notifier();
      const facts = await around.deliveryOnceAt(arrival, 'AgentTold');
      expect(typesOf(facts)).toEqual(['DeliveryAttempted', 'AgentTold']);
      expect(toldTo(stage).filter(({ idempotencyKey }) => idempotencyKey === arrival.id)).toHaveLength(1);
      await around.lanesEmpty();
    }
  }, 60_000);

  it('sends the same bytes after the configuration changed, and waits for the time that was said', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    const first = await around.notifier({
      NOTIFIER_RETRY_BASE_SECONDS: '2',
      NOTIFIER_RETRY_MAX_SECONDS: '2',
    });
    const arrival = await around.arrive(stage);
    const facts = await around.deliveryOnceAt(arrival, 'DeliveryAttemptFailed');
    await first.stop();
    await around.scene.append(streams.webhook(stage.webhookId), {
      type: 'WebhookUpdated',
      data: { webhookId: stage.webhookId, boardId: stage.boardId, description: 'Something else.' },
    });
    await stage.simulator.heal();
    await around.notifier();
    await around.deliveryOnceAt(arrival, 'AgentTold');
    const [told] = toldTo(stage);
    expect(told?.text).toContain('Instruction: Triage it.');
    const retryAt = dataOf(facts, 'DeliveryAttemptFailed')[0]?.retryAt;
    expect(Date.parse(told?.receivedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(retryAt ?? ''));
  });

  it('fails a delivery whose text cannot be made again', async () => {
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
    const facts = await around.deliveryOnceAt(arrival, 'DeliveryFailed');
    expect(dataOf(facts, 'DeliveryFailed')).toMatchObject([{ reason: 'text_changed' }]);
    expect(toldTo(stage)).toEqual([]);
  });

  it('says nothing of payloads that are gone, and fails a redelivery of one', async () => {
    const arrival = await around.arrive(stage);
    await around.store.tombstone(arrival.stream);
    await around.notifier();
    await around.lanesEmpty();
    const request = await around.requestRedelivery(stage, arrival);
    const facts = await around.deliveryOnceAt(arrival, 'DeliveryFailed');
    expect(dataOf(facts, 'DeliveryFailed')).toMatchObject([
      { reason: 'payload_expired', deliveryId: request.id },
    ]);
  });

  it('drops what belongs to a deleted webhook', async () => {
    const arrival = await around.arrive(stage);
    await around.scene.append(streams.webhook(stage.webhookId), {
      type: 'WebhookDeleted',
      data: { webhookId: stage.webhookId, boardId: stage.boardId, cleanupMemory: false },
    });
    await around.notifier();
    await around.lanesEmpty();
    expect(await around.scene.facts(streams.delivery(arrival.payloadId))).toEqual([]);
    expect(toldTo(stage)).toEqual([]);
  });

  it('goes over to a gateway’s new address and token with the next message', async () => {
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

  it('leaves the lanes of a dead gateway alone while others are served', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    await around.notifier({ NOTIFIER_RETRY_BASE_SECONDS: '0.3', NOTIFIER_RETRY_MAX_SECONDS: '0.3' });
    const dead = [];
    for (let n = 0; n < 3; n += 1) dead.push(await around.arrive(stage));
    const alive = await around.stage();
    const arrivals = [];
    for (let n = 0; n < 20; n += 1) arrivals.push(await around.arrive(alive));
    await waitFor(() => toldTo(alive).length === 20);
    await around.deliveryOnceAt(dead[0] as (typeof dead)[0], 'DeliveryParked');
    await stage.simulator.heal();
    await around.deliveryOnceAt(dead[2] as (typeof dead)[0], 'AgentTold');
    await around.lanesEmpty();
  });

  it('keeps the distance between two messages to one agent', async () => {
    await around.notifier({ NOTIFIER_THROTTLE_SECONDS: '0.4' });
    const arrivals = [];
    for (let n = 0; n < 3; n += 1) arrivals.push(await around.arrive(stage));
    await waitFor(() => toldTo(stage).length === 3);
    const times = toldTo(stage).map(({ receivedAt }) => Date.parse(receivedAt));
    const [one = 0, two = 0, three = 0] = times;
    expect(Math.min(two - one, three - two)).toBeGreaterThanOrEqual(390);
  });

  it('writes no content into its log', async () => {
    const { logged } = await around.notifier();
    const arrival = await around.arrive(stage, { body: '{"private":"never to be logged"}' });
    await around.deliveryOnceAt(arrival, 'AgentTold');
    expect(logged.join('')).not.toMatch(/never to be logged|Triage it/);
    expect(logged.join('')).not.toContain(stage.simulator.token);
  });
});
