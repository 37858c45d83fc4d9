import 'reflect-metadata';
import { hash } from 'node:crypto';
import { streams } from '@mission-control/contracts';
import { readLinkOf } from '@mission-control/keyring';
import { connectOpenClaw } from '@mission-control/openclaw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataOf, type Stage, Surroundings, toldTo, typesOf } from './testing/test-notifier.ts';

describe('a delivery that has begun', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  it('continues where a killed notifier left off, whether or not its message was sent', async () => {
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
      const next = await around.notifier();
      const facts = await around.handled(arrival);
      expect(typesOf(facts)).toEqual(['DeliveryAttempted', 'MessageConfirmed', 'AgentRunEnded']);
      expect(toldTo(stage).filter(({ idempotencyKey }) => idempotencyKey === arrival.id)).toHaveLength(1);
      await around.lanesEmpty();
      await next.stop();
    }
  });

  it('sends the same bytes after a configuration change, and waits until the recorded retry time', async () => {
    await stage.simulator.fail({ mode: 'drop_before_answer' }, { times: 1 });
    const first = await around.notifier({
      NOTIFIER_RETRY_BASE_SECONDS: '2',
      NOTIFIER_RETRY_MAX_SECONDS: '2',
    });
    const arrival = await around.arrive(stage);
    const facts = await around.deliveryWith(arrival, 'DeliveryAttemptFailed');
    await first.stop();
    await around.scene.append(streams.webhook(stage.webhookId), {
      type: 'WebhookUpdated',
      data: { webhookId: stage.webhookId, boardId: stage.boardId, description: 'Something else.' },
    });
    await around.notifier();
    await around.handled(arrival);
    const [told] = toldTo(stage);
    expect(told?.text).toContain('Instruction: Triage it.');
    const retryAt = dataOf(facts, 'DeliveryAttemptFailed')[0]?.retryAt;
    expect(Date.parse(told?.receivedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(retryAt ?? ''));
  });

  it('keeps the read link of its message, which the event store does not have', async () => {
    const { webhookId, boardId, agentId } = stage;
    await around.scene.append(streams.webhook(webhookId), {
      type: 'WebhookUpdated',
      data: { webhookId, boardId, messageFields: ['/b'], messageTemplate: 'a is {{/a}}' },
    });
    await stage.simulator.fail({ mode: 'drop_before_answer' }, { times: 1 });
    const first = await around.notifier({
      ...{ READ_LINK_SECONDS: '600', NOTIFIER_RETRY_BASE_SECONDS: '2', NOTIFIER_RETRY_MAX_SECONDS: '2' },
    });
    const arrival = await around.arrive(stage, { body: '{"a":1,"b":{"c":2}}' });
    const facts = await around.deliveryWith(arrival, 'DeliveryAttemptFailed');
    await first.stop();
    await around.notifier();
    await around.handled(arrival);

    const [told] = toldTo(stage);
    expect(told?.text).toMatch(/\n\na is 1\n\nb: \{\n {2}"c": 2\n\}\n/);
    const [attempt] = dataOf(facts, 'DeliveryAttempted');
    expect(hash('sha256', told?.text ?? '')).toBe(attempt?.textSha256);
    const [, token = ''] =
      /^GET http:\/\/mission-control\.test\/api\/v1\/read\/(.+)$/m.exec(told?.text ?? '') ?? [];
    const expiresAt = attempt?.readLink?.expiresAt ?? '';
    expect(await readLinkOf(around.keyring, token)).toEqual({
      ...{ webhookId, payloadId: arrival.payloadId, agentId, expiresAt },
    });
    const [begun] = await around.scene.facts(streams.delivery(arrival.payloadId));
    const validMs = Date.parse(expiresAt) - Date.parse(begun?.metadata.occurredAt ?? '');
    expect(validMs).toBeGreaterThan(0);
    expect(validMs).toBeLessThanOrEqual(600_000);
    for await (const event of around.store.readAll({ from: 'start' }))
      expect(JSON.stringify([event.data, event.metadata])).not.toContain(token);
    expect(first.logged.join('')).not.toContain(token);
  });

  it('is not touched if an older release recorded that the agent was told', async () => {
    const arrival = await around.scene.arrival(stage);
    const { payloadId, id: deliveryId } = arrival;
    const { boardId, webhookId, agentId, sessionKey } = stage;
    await around.scene.append(streams.delivery(payloadId), {
      type: 'AgentTold',
      data: { payloadId, boardId, webhookId, deliveryId, agentId, sessionKey, runId: deliveryId, attempt: 1 },
    });
    await around.refer(stage, arrival, payloadId, 'WebhookPayloadReceived');
    await around.notifier();
    await around.lanesEmpty();
    expect(await around.scene.facts(streams.delivery(payloadId))).toHaveLength(1);
    expect(toldTo(stage)).toEqual([]);
  });
});
