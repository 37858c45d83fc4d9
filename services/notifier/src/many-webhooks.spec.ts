import 'reflect-metadata';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { consumedBy, Surroundings } from './testing/test-notifier.ts';

let around: Surroundings;
beforeEach(async () => {
  around = await Surroundings.create();
});
afterEach(() => around.end());

/** Counts the streams of the store that are being read at once. */
const countReads = (store: EventStore): { most: number } => {
  const { readStream } = store;
  const seen = { most: 0 };
  let running = 0;
  store.readStream = async function* (stream, options) {
    running += 1;
    seen.most = Math.max(seen.most, running);
    try {
      yield* readStream.call(store, stream, options);
    } finally {
      running -= 1;
    }
  };
  return seen;
};

it('waits for the few connections of the event store with few reads, however many webhooks have payloads', async () => {
  const stage = await around.stage();
  const { boardId, gatewayId } = stage;
  for (let n = 0; n < 100; n += 1)
    await around.arrive({ boardId, gatewayId, webhookId: await around.scene.webhook(boardId) });
  const store = await openEventStore(around.databaseUrl);
  const seen = countReads(store);
  await around.notifier({}, { openStore: async () => store });
  await around.lanesEmpty();
  expect(consumedBy(stage)).toHaveLength(100);
  // 16 of the configuration at once, and 16 deliveries.
  expect(seen.most).toBeLessThanOrEqual(32);
  expect(seen.most).toBeGreaterThan(1);
});
