import { AggregateCache } from '@mission-control/aggregates';
import { streams } from '@mission-control/contracts';
import { openEventStore } from '@mission-control/event-store';
import { connectMessaging, DeliveryPublisher } from '@mission-control/messaging';
import { type AppendedEvent, Scene } from '@mission-control/test-scene';
import { createTestDatabase, startTestNats } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { expect, it, onTestFinished } from 'vitest';
import { KnownRules } from '../deciding/rules.ts';
import { collectNotified } from '../testing/test-relay.ts';
import { RelaySession } from './session.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** A session on servers of its own, which reads nothing by itself. */
const begin = async () => {
  const database = await createTestDatabase();
  onTestFinished(database.drop);
  const nats = await startTestNats();
  onTestFinished(nats.stop);
  const store = await openEventStore(database.url);
  onTestFinished(() => store.close());
  const messaging = await connectMessaging(nats.url, 'spec', silent);
  onTestFinished(() => messaging.close());
  const stopping = new AbortController();
  const cache = new AggregateCache(store, { max: 100 });
  const following = cache.follow(stopping.signal);
  onTestFinished(async () => {
    stopping.abort();
    await following.catch(() => {});
  });
  const session = new RelaySession({
    store,
    contents: store,
    cache,
    publisher: await DeliveryPublisher.open(messaging, silent),
    isWaiting: async () => true,
    decide: () => 'publish',
    rules: new KnownRules(store),
    log: silent,
    metrics: {
      filtered: () => {},
      filterFailed: () => {},
      evaluated: () => {},
      watchSuspended: () => {},
      publishing: () => ({ stored: () => {}, failed: () => {} }),
      republished: () => {},
      watch: () => {},
    },
    sweepMs: 60_000,
  });
  const take = async ({ stream, revision }: AppendedEvent): Promise<void> => {
    const event = await store.readEvent(stream, revision);
    if (event !== 'gone') await session.take(event, null);
  };
  const collected = await collectNotified(nats.url);
  onTestFinished(collected.stop);
  return { session, take, store, cache, scene: new Scene(store), notified: collected.notified };
};

it('keeps the order on the new lane of a board when it knows of the move before it has read that far', async () => {
  const { session, take, cache, scene, notified } = await begin();
  const [before, after] = [await scene.gateway(), await scene.gateway()];
  const boardId = await scene.board({ gatewayId: before });
  const webhook = { boardId, webhookId: await scene.webhook(boardId) };
  const first = await scene.arrival(webhook);
  const second = await scene.arrival(webhook);
  await session.caughtUp();
  await take(first);
  const moved = await scene.append(streams.board(boardId), {
    type: 'BoardUpdated',
    data: { boardId, gatewayId: after },
  });
  await cache.passed(moved.position, AbortSignal.timeout(60_000));
  await take(second);

  const onNewLane = () => notified.filter(({ lane }) => lane.gatewayId === after);
  await waitFor(() => onNewLane().length === 2);
  expect(onNewLane().map(({ reference }) => reference.payloadId)).toEqual([
    first.payloadId,
    second.payloadId,
  ]);
});

it('reads the rules of few webhooks at once, however many have payloads when it begins', async () => {
  const { session, take, store, scene, notified } = await begin();
  const boardId = await scene.board({ gatewayId: await scene.gateway() });
  for (let n = 0; n < 60; n += 1)
    await take(await scene.arrival({ boardId, webhookId: await scene.webhook(boardId) }));
  const { readStream } = store;
  let running = 0;
  let most = 0;
  store.readStream = async function* (stream, options) {
    running += 1;
    most = Math.max(most, running);
    yield* readStream.call(store, stream, options);
    running -= 1;
  };
  await session.caughtUp();
  await waitFor(() => notified.length === 60);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(16);
});
