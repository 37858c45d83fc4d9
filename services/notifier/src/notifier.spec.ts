import 'reflect-metadata';
import { newRandomId, streams } from '@mission-control/contracts';
import { agentMessage } from '@mission-control/domain';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataOf, partsOf, type Stage, Surroundings, toldTo, typesOf } from './testing/test-notifier.ts';

describe('the notifier', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  it('tells the board’s lead about an arrival, with the domain’s message text, and records it', async () => {
    await around.notifier();
    const arrival = await around.arrive(stage, { body: '{"action":"opened"}', correlationId: 'req-7' });
    const facts = await around.handled(arrival);
    const [received] = await around.scene.facts(arrival.stream);
    const text = agentMessage(
      partsOf(received, {
        instruction: 'Triage it.',
        boardName: 'Board',
      }),
    );
    expect(toldTo(stage)).toMatchObject([{ text, idempotencyKey: arrival.id }]);
    expect(typesOf(facts)).toEqual(['DeliveryAttempted', 'MessageConfirmed', 'AgentRunEnded']);
    expect(facts.find(({ type }) => type === 'MessageConfirmed')).toMatchObject({
      data: {
        deliveryId: arrival.id,
        agentId: stage.agentId,
        sessionKey: stage.sessionKey,
        runId: arrival.id,
        attempt: 1,
        evidence: 'history',
        sentAgain: false,
      },
      metadata: {
        actor: { kind: 'service', id: 'notifier' },
        correlationId: 'req-7',
        causationId: arrival.id,
      },
    });
    await around.lanesEmpty();
  });

  it('tells the agent about each arrival once, with two notifiers and repeated references', async () => {
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
      const facts = await around.handled(arrival);
      expect(typesOf(facts)).toEqual(['DeliveryAttempted', 'MessageConfirmed', 'AgentRunEnded']);
    }
  });

  it('tells the agent that the webhook names, unless a redelivery names another one', async () => {
    await around.notifier();
    const named = await around.scene.agent(stage.boardId, { session: 'agent:main:named' });
    const other = await around.scene.agent(stage.boardId, { session: 'agent:main:other' });
    const webhookId = await around.scene.webhook(stage.boardId, { agentId: named });
    const own = { ...stage, webhookId };
    const arrival = await around.arrive(own);
    await around.handled(arrival);
    const request = await around.requestRedelivery(own, arrival, other);
    await waitFor(() => stage.simulator.sessions()['agent:main:other']?.length === 1);
    expect(stage.simulator.sessions()['agent:main:named']).toMatchObject([{ idempotencyKey: arrival.id }]);
    expect(stage.simulator.sessions()['agent:main:other']).toMatchObject([{ idempotencyKey: request.id }]);
    const facts = await around.handled(arrival);
    expect(dataOf(facts, 'MessageConfirmed').map(({ deliveryId }) => deliveryId)).toEqual([
      arrival.id,
      request.id,
    ]);
  });

  it('ignores a further arrival of a payload that was told, and delivers one of a payload that is parked', async () => {
    await around.notifier();
    const told = await around.arrive(stage);
    await around.handled(told);
    await around.arrive(stage, { payloadId: told.payloadId });
    await around.lanesEmpty();
    expect(toldTo(stage)).toHaveLength(1);

    await stage.simulator.fail({ mode: 'unknown_session' }, { times: 1 });
    const parked = await around.arrive(stage);
    await around.deliveryWith(parked, 'DeliveryParked');
    const further = await around.arrive(stage, { payloadId: parked.payloadId });
    await around.handled(parked);
    expect(toldTo(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual([told.id, further.id]);
  });

  it('sends the body of the arrival that caused the delivery, not that of the first arrival', async () => {
    await around.notifier();
    await stage.simulator.fail({ mode: 'unknown_session' }, { times: 1 });
    const first = await around.arrive(stage, { body: '{"id":7,"state":"Doing"}' });
    await around.deliveryWith(first, 'DeliveryParked');
    const further = await around.arrive(stage, {
      payloadId: first.payloadId,
      body: '{"id":7,"state":"Done"}',
    });
    const facts = await around.handled(first);
    expect(dataOf(facts, 'DeliveryAttempted').at(-1)).toMatchObject({
      deliveryId: further.id,
      arrivalRevision: further.revision,
    });
    expect(toldTo(stage)).toHaveLength(1);
    expect(toldTo(stage)[0]?.text).toContain('"Done"');
    expect(toldTo(stage)[0]?.text).not.toContain('"Doing"');

    await around.requestRedelivery(stage, first);
    await waitFor(() => toldTo(stage).length === 2);
    expect(toldTo(stage)[1]?.text).toContain('"Doing"');
  });

  it('ignores payloads that are gone, and fails a redelivery of one', async () => {
    const arrival = await around.arrive(stage);
    await around.store.tombstone(arrival.stream);
    await around.notifier();
    await around.lanesEmpty();
    const request = await around.requestRedelivery(stage, arrival);
    const facts = await around.deliveryWith(arrival, 'DeliveryFailed');
    expect(dataOf(facts, 'DeliveryFailed')).toMatchObject([
      { reason: 'payload_expired', deliveryId: request.id },
    ]);
  });

  it('drops deliveries of a deleted webhook', async () => {
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

  it('keeps messages to one agent apart by the throttle interval', async () => {
    await around.notifier({ NOTIFIER_THROTTLE_SECONDS: '0.4' });
    const arrivals = [];
    for (let n = 0; n < 3; n += 1) arrivals.push(await around.arrive(stage));
    await waitFor(() => toldTo(stage).length === 3);
    const times = toldTo(stage).map(({ receivedAt }) => Date.parse(receivedAt));
    const [one = 0, two = 0, three = 0] = times;
    expect(Math.min(two - one, three - two)).toBeGreaterThanOrEqual(390);
  });

  it('logs ids and no content', async () => {
    const { logged } = await around.notifier();
    const arrival = await around.arrive(stage, { body: '{"private":"never to be logged"}' });
    await around.handled(arrival);
    expect(logged.join('')).not.toMatch(/never to be logged|Triage it/);
    expect(logged.join('')).not.toContain(stage.simulator.token);
    expect(logged.join('')).toContain(`"openclaw_gateway_id":"${stage.gatewayId}"`);
  });
});
