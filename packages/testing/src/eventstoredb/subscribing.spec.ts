import {
  type AllStreamSubscription,
  type EventStoreDBClient,
  eventTypeFilter,
  type Position,
  streamNameFilter,
} from '@eventstore/db-client';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { event, events, fakeAndClient, Told } from './bare-client.spec-support.ts';

const onlyUserStreams = { filter: streamNameFilter({ regex: '^[^$]' }) };

test('a subscription to $all is confirmed, sends existing events, reports caughtUp, and sends new events', async () => {
  const { client } = await fakeAndClient();
  await client.appendToStream('a-1', events(40));
  const told = Told.of(client.subscribeToAll(onlyUserStreams));
  await told.has('caughtUp');
  await client.appendToStream('b-1', events(2));
  await told.has('b-1@1');
  const standing = Array.from({ length: 40 }, (_, revision) => `a-1@${revision}`);
  expect(told.all.filter((message) => message !== 'caughtUp')).toEqual([
    'confirmation',
    ...standing,
    'b-1@0',
    'b-1@1',
  ]);
});

test('without a filter it includes system events, and from the end it omits existing events', async () => {
  const { client } = await fakeAndClient();
  await client.appendToStream('a-1', events(2));
  const all = Told.of(client.subscribeToAll());
  const news = Told.of(client.subscribeToAll({ fromPosition: 'end' }));
  await Promise.all([all.has('caughtUp'), news.has('caughtUp')]);
  await client.setStreamMetadata('a-1', { maxCount: 1 });
  await Promise.all([all.has('$$a-1@0'), news.has('$$a-1@0')]);
  expect(all.all).toContain('$user-admin@0');
  expect(news.all).toEqual(['confirmation', 'caughtUp', '$$a-1@0']);
});

test('filters match prefixes or regular expressions of stream names or event types', async () => {
  const { client } = await fakeAndClient();
  const told = [
    streamNameFilter({ prefixes: ['a-', 'b-'] }),
    streamNameFilter({ regex: '-2$' }),
    eventTypeFilter({ prefixes: ['Not'] }),
    eventTypeFilter({ regex: '^(Paid|Sent)$' }),
  ].map((filter) => Told.of(client.subscribeToAll({ filter })));
  for (const [stream, type] of [
    ['a-1', 'Noted'],
    ['b-2', 'Paid'],
    ['c-2', 'Noted'],
    ['c-3', 'Sent'],
  ] as const)
    await client.appendToStream(stream, event(type));
  const wanted = [
    ['a-1@0', 'b-2@0'],
    ['b-2@0', 'c-2@0'],
    ['a-1@0', 'c-2@0'],
    ['b-2@0', 'c-3@0'],
  ];
  for (const [index, one] of told.entries()) await one.has(...(wanted[index] ?? []));
  expect(told.map(({ all }) => all.filter((message) => message.includes('@')))).toEqual(wanted);
});

test('a subscription to a stream begins after a revision, and works if the stream does not exist yet', async () => {
  const { client } = await fakeAndClient();
  const early = Told.of(client.subscribeToStream('a-1'));
  await early.has('caughtUp');
  await client.appendToStream('a-1', events(3));
  const late = Told.of(client.subscribeToStream('a-1', { fromRevision: 1n }));
  const news = Told.of(client.subscribeToStream('a-1', { fromRevision: 'end' }));
  await Promise.all([late.has('caughtUp'), news.has('caughtUp')]);
  await client.appendToStream('a-1', events(1));
  await client.appendToStream('b-1', events(1));
  await Promise.all([early, late, news].map((told) => told.has('a-1@3')));
  expect(early.all).toEqual(['confirmation', 'caughtUp', 'a-1@0', 'a-1@1', 'a-1@2', 'a-1@3']);
  expect(late.all).toEqual(['confirmation', 'a-1@2', 'caughtUp', 'a-1@3']);
  expect(news.all).toEqual(['confirmation', 'caughtUp', 'a-1@3']);
});

test('a subscription to a stream ends with an error when the stream is tombstoned', async () => {
  const { client } = await fakeAndClient();
  await client.appendToStream('a-1', events(1));
  const told = Told.of(client.subscribeToStream('a-1'));
  await told.has('caughtUp');
  await client.tombstoneStream('a-1');
  await waitFor(() => told.error);
  expect(told.error).toMatchObject({ type: 'stream-deleted', streamName: 'a-1' });
  const later = Told.of(client.subscribeToStream('a-1'));
  await waitFor(() => later.error);
  expect(later.error).toMatchObject({ type: 'stream-deleted' });
});

/** Reads one event and then stops, while checkpoints and caughtUp are still reported. */
const slowConsumer = async (client: EventStoreDBClient) => {
  const beside: (Position | 'caughtUp')[] = [];
  const subscription: AllStreamSubscription = client.subscribeToAll({
    filter: streamNameFilter({
      prefixes: ['a-'],
      checkpointInterval: 1,
      checkpointReached: async (_, position) => void beside.push(position),
    }),
  });
  onTestFinished(() => subscription.unsubscribe());
  subscription.on('caughtUp', () => beside.push('caughtUp'));
  const iterator = subscription[Symbol.asyncIterator]();
  const { value } = await iterator.next();
  return { first: value?.event, beside, rest: iterator };
};

test('checkpointReached and caughtUp run ahead of the events that the consumer has received', async () => {
  const { client } = await fakeAndClient();
  await client.appendToStream('a-1', events(12));
  await client.appendToStream('b-1', events(64));
  const { first, beside, rest } = await slowConsumer(client);
  expect(first?.revision).toBe(0n);
  await waitFor(() => beside.includes('caughtUp'));
  const checkpoints = beside.filter((told) => told !== 'caughtUp');
  const ahead = checkpoints.filter(({ commit }) => commit > (first?.position?.commit ?? 0n));
  expect(ahead.length).toBeGreaterThan(0);
  expect((await rest.next()).value?.event?.revision).toBe(1n);
});

test('checkpoints pass filtered events, and for live events they follow the interval', async () => {
  const { client } = await fakeAndClient();
  const checkpoints: Position[] = [];
  const told = Told.of(
    client.subscribeToAll({
      fromPosition: 'end',
      filter: streamNameFilter({
        prefixes: ['a-'],
        maxSearchWindow: 5,
        checkpointInterval: 2,
        checkpointReached: async (_, position) => void checkpoints.push(position),
      }),
    }),
  );
  await told.has('caughtUp');
  const positions: (Position | undefined)[] = [];
  for (let number = 0; number < 20; number += 1)
    positions.push((await client.appendToStream('b-1', events(1))).position);
  await waitFor(() => checkpoints.length === 2);
  expect(checkpoints).toEqual([positions[9], positions[19]]);
});

test('a filtered subscription that found nothing in the log reports the largest position as its checkpoint', async () => {
  const { client } = await fakeAndClient();
  const checkpoints: Position[] = [];
  const told = Told.of(
    client.subscribeToAll({
      filter: streamNameFilter({
        prefixes: ['a-'],
        checkpointReached: async (_, position) => void checkpoints.push(position),
      }),
    }),
  );
  await told.has('caughtUp');
  expect(checkpoints).toEqual([{ commit: 2n ** 64n - 1n, prepare: 2n ** 64n - 1n }]);
});

test('a subscription can resume from a checkpoint between two events', async () => {
  const { client } = await fakeAndClient();
  await client.appendToStream('b-1', events(100));
  await client.appendToStream('a-1', events(1));
  const checkpoints: Position[] = [];
  const filter = streamNameFilter({
    prefixes: ['a-'],
    checkpointReached: async (_, position) => void checkpoints.push(position),
  });
  await Told.of(client.subscribeToAll({ filter })).has('caughtUp');
  const between = checkpoints.filter(({ commit, prepare }) => commit !== prepare);
  expect(between.length).toBeGreaterThan(0);
  for (const fromPosition of between) {
    const told = Told.of(client.subscribeToAll({ fromPosition, ...onlyUserStreams }));
    await told.has('a-1@0', 'caughtUp');
    expect(told.all.filter((message) => message.startsWith('b-1')).length).toBeLessThan(100);
  }
});

test('a subscription beyond the head reports caughtUp, and skips everything appended up to there', async () => {
  const { client } = await fakeAndClient();
  const { position = { commit: 0n, prepare: 0n } } = await client.appendToStream('a-1', events(1));
  const beyond = position.commit + 10_000n;
  const lost = Told.of(client.subscribeToAll({ fromPosition: { commit: beyond, prepare: beyond } }));
  const present = Told.of(client.subscribeToAll({ fromPosition: position }));
  await lost.has('caughtUp');
  await client.appendToStream('a-1', events(3));
  await present.has('a-1@3');
  expect(lost.all).toEqual(['confirmation', 'caughtUp']);
});

test('a consumer too slow for the live events falls behind, but misses none', async () => {
  const { client } = await fakeAndClient();
  const subscription = client.subscribeToAll(onlyUserStreams);
  let caughtUp = 0;
  subscription.on('caughtUp', () => {
    caughtUp += 1;
  });
  onTestFinished(() => subscription.unsubscribe());
  await waitFor(() => caughtUp === 1);
  for (let round = 0; round < 10; round += 1) await client.appendToStream('a-1', events(200));
  const read: number[] = [];
  subscription.on('data', ({ event }) => read.push(Number(event?.revision)));
  await waitFor(() => read.length === 2_000 && caughtUp > 1);
  expect(read).toEqual(Array.from({ length: 2_000 }, (_, revision) => revision));
});
