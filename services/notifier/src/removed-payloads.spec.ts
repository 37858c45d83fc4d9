import 'reflect-metadata';
import { newRandomId, streams } from '@mission-control/contracts';
import type { ScenePayload } from '@mission-control/test-scene';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consumedBy, type Stage, Surroundings, toldTo, typesOf } from './testing/test-notifier.ts';

describe('a payload that is removed', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  /** What the steward, or the admin API, appends before it removes the payload. */
  const end = ({ payloadId, id: deliveryId }: ScenePayload) => {
    const { boardId, webhookId } = stage;
    return around.scene.append(streams.delivery(payloadId), {
      type: 'DeliveryFailed',
      data: {
        ...{ payloadId, boardId, webhookId, deliveryId },
        ...{ reason: 'expired_undelivered', gatewayCode: null },
      },
    });
  };

  it('while it waits is not sent, and neither is a later arrival of it', async () => {
    const ended = await around.arrive(stage, { payloadId: newRandomId() });
    await around.arrive(stage, { payloadId: ended.payloadId });
    await end(ended);
    const removed = await around.arrive(stage, { payloadId: newRandomId() });
    await end(removed);
    await around.store.tombstone(streams.delivery(removed.payloadId));
    await around.arrive(stage, { payloadId: removed.payloadId });
    const other = await around.arrive(stage);
    await around.notifier();
    await around.handled(other);
    await around.lanesEmpty();
    expect(consumedBy(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual([other.id]);
    expect(typesOf(await around.scene.facts(streams.delivery(ended.payloadId)))).toEqual(['DeliveryFailed']);
  });

  it.each([false, true])(
    'after its message was sent does not hold up its session (with its deliveries tombstoned: %s)',
    async (tombstoned) => {
      const release = stage.simulator.holdHistory();
      await around.notifier();
      const removed = await around.arrive(stage);
      await waitFor(() => toldTo(stage).length > 0 || consumedBy(stage).length > 0);
      await end(removed);
      if (tombstoned) await around.store.tombstone(streams.delivery(removed.payloadId));
      // The acknowledgements of both are recorded together.
      const next = await around.arrive(stage);
      await around.deliveryWith(next, 'MessageSent');
      release();
      await around.handled(next);
      await around.lanesEmpty();
      const facts = typesOf(await around.scene.facts(streams.delivery(removed.payloadId)));
      expect(facts).toEqual(tombstoned ? [] : ['DeliveryAttempted', 'DeliveryFailed']);
    },
  );
});
