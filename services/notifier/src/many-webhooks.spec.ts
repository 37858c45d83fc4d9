import 'reflect-metadata';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { consumedBy, Surroundings } from './testing/test-notifier.ts';

let around: Surroundings;
beforeEach(async () => {
  around = await Surroundings.create();
});
afterEach(() => around.end());

/** A store that counts the streams that are being read at once. */
const counting = (store: EventStore) => {
  let running = 0;
  const seen = { most: 0 };
  const readStream: EventStore['readStream'] = async function* (stream, options) {
    running += 1;
    seen.most = Math.max(seen.most, running);
    try {
      yield* store.readStream(stream, options);
    } finally {
      running -= 1;
    }
  };
  const counted = new Proxy(store, {
    get: (target, name) => {
      if (name === 'readStream') return readStream;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { counted, seen };
};

it('waits for the few connections of the event store with few reads, however many webhooks have payloads', async () => {
  const stage = await around.stage();
  const { boardId, gatewayId } = stage;
  for (let n = 0; n < 100; n += 1)
    await around.arrive({ boardId, gatewayId, webhookId: await around.scene.webhook(boardId) });
  const store = await openEventStore(around.databaseUrl);
  const { counted, seen } = counting(store);
  await around.notifier({}, { openStore: async () => counted });
  await around.lanesEmpty();
  expect(consumedBy(stage)).toHaveLength(100);
  // 16 of the configuration at once, and 16 deliveries.
  expect(seen.most).toBeLessThanOrEqual(32);
  expect(seen.most).toBeGreaterThan(1);
});
