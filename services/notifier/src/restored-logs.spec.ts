import 'reflect-metadata';
import { type Fact, streams } from '@mission-control/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consumedBy, dataOf, type Stage, Surroundings, typesOf } from './testing/test-notifier.ts';

/**
 * A backup is a log without what was appended after it. Deliveries' streams are left out here: that is the backup of the moment at which the
 * payloads had arrived and nothing had been sent.
 */
describe('a log that was restored', () => {
  let around: Surroundings;
  let restored: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
    restored = await around.another();
  });

  afterEach(async () => {
    await restored.end();
    await around.end();
  });

  const restore = async () => {
    for await (const event of around.store.readAll()) {
      if (event.stream.startsWith('delivery-')) continue;
      await restored.store.append(event.stream, event.revision === 0 ? 'no_stream' : event.revision - 1, [
        event,
      ]);
    }
    await restored.scene.append(streams.installation, { type: 'LogRestored', data: { origin: 'backup' } });
  };

  /** The OpenClaw gateway no longer recognises a repeat by itself. */
  const forgetKeys = () => stage.simulator.restart();

  /** Puts references on the lane of the restored installation, as its relay does. */
  const refer = async (stream: string, type: 'WebhookPayloadReceived' | 'RedeliveryRequested') => {
    for await (const event of restored.store.readStream(stream)) {
      if (event.type !== type) continue;
      const { payloadId } = event.data as { payloadId: string };
      await restored.refer(stage, event, payloadId, type);
    }
  };

  it('tells nobody again what was told after the backup', async () => {
    const first = await around.notifier();
    const payloads = [await around.arrive(stage), await around.arrive(stage), await around.arrive(stage)];
    for (const payload of payloads) await around.handled(payload);
    await first.stop();
    const told = consumedBy(stage).map(({ idempotencyKey }) => idempotencyKey);
    expect(told).toEqual(payloads.map(({ id }) => id));

    await restore();
    await forgetKeys();
    await restored.notifier();
    await refer(streams.payloads(stage.webhookId), 'WebhookPayloadReceived');
    for (const payload of payloads) {
      const facts = await restored.deliveryWith(payload, 'MessageConfirmed');
      expect(typesOf(facts).slice(0, 2)).toEqual(['DeliveryAttempted', 'MessageConfirmed']);
    }
    expect(consumedBy(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual(told);
  });

  it('sends what was not sent before the backup, and what arrives after the mark', async () => {
    const before = await around.scene.arrival(stage);
    await restore();
    await restored.notifier();
    await refer(streams.payloads(stage.webhookId), 'WebhookPayloadReceived');
    await restored.handled(before);
    const after = await restored.arrive(stage);
    await restored.handled(after);
    expect(consumedBy(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual([before.id, after.id]);
  });

  it('finds a message that was lost and sent again under another key after the backup', async () => {
    const first = await around.notifier();
    await around.handled(await around.arrive(stage));
    const release = stage.simulator.holdHistory();
    const payload = await around.arrive(stage);
    await stage.simulator.waitForMessage(({ idempotencyKey }) => idempotencyKey === payload.id);
    await stage.simulator.restart({ keep: { [payload.id]: 'nothing' } });
    release();
    const facts = await around.handled(payload);
    const [confirmed] = dataOf(facts, 'MessageConfirmed');
    await first.stop();
    const told = consumedBy(stage).map(({ idempotencyKey }) => idempotencyKey);

    await restore();
    await forgetKeys();
    await restored.notifier();
    await refer(streams.payloads(stage.webhookId), 'WebhookPayloadReceived');
    const again = dataOf(await restored.deliveryWith(payload, 'MessageConfirmed'), 'MessageConfirmed');
    expect(again[0]?.idempotencyKey).toBe(confirmed?.idempotencyKey);
    expect(consumedBy(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual(told);
  });

  it('tells nobody again when a redelivery that the backup does not have is requested again', async () => {
    const service = { actor: { kind: 'service', id: 'steward' } };
    const first = await around.notifier();
    const payload = await around.arrive(stage);
    await around.handled(payload);
    const stream = streams.delivery(payload.payloadId);
    const request: Fact<'RedeliveryRequested'> = {
      type: 'RedeliveryRequested',
      data: {
        payloadId: payload.payloadId,
        boardId: stage.boardId,
        webhookId: stage.webhookId,
        arrivalRevision: payload.revision,
        agentId: null,
        reason: 'run_failed',
      },
    };
    const requested = await around.scene.append(stream, request, service);
    await around.refer(stage, requested, payload.payloadId, 'RedeliveryRequested');
    await around.handled({ payloadId: payload.payloadId });
    await expect.poll(() => consumedBy(stage).length).toBe(2);
    await first.stop();

    await restore();
    const [repeat] = (await Array.fromAsync(around.store.readStream(stream))).filter(
      ({ id }) => id === requested.id,
    );
    if (!repeat) throw new Error('The request is gone.');
    expect(await restored.store.append(stream, 'no_stream', [repeat])).toMatchObject({ ok: true });
    await forgetKeys();
    await restored.notifier();
    await refer(stream, 'RedeliveryRequested');
    await restored.deliveryWith(payload, 'MessageConfirmed');
    expect(consumedBy(stage)).toHaveLength(2);
  });
});
