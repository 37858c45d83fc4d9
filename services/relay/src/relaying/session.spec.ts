import { AggregateCache } from '@mission-control/aggregates';
import { streams } from '@mission-control/contracts';
import { openEventStore } from '@mission-control/event-store';
import { connectMessaging, DeliveryPublisher } from '@mission-control/messaging';
import { Scene } from '@mission-control/test-scene';
import { createTestDatabase, startTestNats } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { expect, it, onTestFinished } from 'vitest';
import { KnownRules } from '../deciding/rules.ts';
import { collectNotified } from '../testing/test-relay.ts';
import { RelaySession } from './session.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

it('keeps the order on the new lane of a board when it knows of the move before it has read that far', async () => {
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

  const scene = new Scene(store);
  const [before, after] = [await scene.gateway(), await scene.gateway()];
  const boardId = await scene.board({ gatewayId: before });
  const webhook = { boardId, webhookId: await scene.webhook(boardId) };
  const first = await scene.arrival(webhook);
  const second = await scene.arrival(webhook);
  const take = async (arrival: typeof first) => {
    const event = await store.readEvent(arrival.stream, arrival.revision);
    if (event !== 'gone') await session.take(event, null);
  };
  await session.caughtUp();
  await take(first);
  const moved = await scene.append(streams.board(boardId), {
    type: 'BoardUpdated',
    data: { boardId, gatewayId: after },
  });
  await cache.passed(moved.position, AbortSignal.timeout(60_000));
  await take(second);

  const collected = await collectNotified(nats.url);
  onTestFinished(collected.stop);
  const onNewLane = () => collected.notified.filter(({ lane }) => lane.gatewayId === after);
  await waitFor(() => onNewLane().length === 2);
  expect(onNewLane().map(({ reference }) => reference.payloadId)).toEqual([
    first.payloadId,
    second.payloadId,
  ]);
});
