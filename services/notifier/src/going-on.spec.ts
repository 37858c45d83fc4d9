import 'reflect-metadata';
import { streams } from '@mission-control/contracts';
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
