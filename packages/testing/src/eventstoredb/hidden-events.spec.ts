import { StreamDeletedError, type StreamMetadata, StreamNotFoundError } from '@eventstore/db-client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { events, fakeAndClient, logged, revisions } from './bare-client.spec-support.ts';

test('truncateBefore and maxCount hide events of the stream', async () => {
  const { client } = await fakeAndClient();
  await client.appendToStream('a-1', events(6));
  const shown = async (metadata: StreamMetadata) => {
    await client.setStreamMetadata('a-1', metadata);
    return [
      await revisions(client, 'a-1'),
      await revisions(client, 'a-1', { direction: 'backwards', fromRevision: 'end' }),
    ];
  };
  expect(await shown({ truncateBefore: 4 })).toEqual([
    [4, 5],
    [5, 4],
  ]);
  expect(await shown({ maxCount: 3 })).toEqual([
    [3, 4, 5],
    [5, 4, 3],
  ]);
  expect(await shown({ maxCount: 3, truncateBefore: 5 })).toEqual([[5], [5]]);
  expect(await shown({ truncateBefore: 6 })).toEqual([[], []]);
  expect(await shown({ custom: 'kept' })).toEqual([
    [0, 1, 2, 3, 4, 5],
    [5, 4, 3, 2, 1, 0],
  ]);
  expect((await client.getStreamMetadata('a-1')).metadata).toEqual({ custom: 'kept' });
  expect((await client.getStreamMetadata('a-2')).metadata).toBeUndefined();
});

test('maxAge hides events that are too old', async () => {
  const { client } = await fakeAndClient();
  await client.setStreamMetadata('a-1', { maxAge: 3_600 });
  await client.appendToStream('a-1', events(2));
  expect(await revisions(client, 'a-1')).toEqual([0, 1]);
  vi.useFakeTimers({ now: Date.now() + 3_601_000, toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  expect(await revisions(client, 'a-1')).toEqual([]);
  await client.appendToStream('a-1', events(1));
  expect(await revisions(client, 'a-1', { maxCount: 1 })).toEqual([2]);
  expect(await revisions(client, 'a-1', { direction: 'backwards', fromRevision: 'end' })).toEqual([2]);
});

test('a read of one hidden revision returns a later one', async () => {
  const { client } = await fakeAndClient();
  await client.appendToStream('a-1', events(6));
  await client.setStreamMetadata('a-1', { truncateBefore: 4 });
  expect(await revisions(client, 'a-1', { fromRevision: 1n, maxCount: 1 })).toEqual([4]);
  expect(await revisions(client, 'a-1', { fromRevision: 6n, maxCount: 1 })).toEqual([]);
  const backwards = { direction: 'backwards', maxCount: 1 } as const;
  expect(await revisions(client, 'a-1', { ...backwards, fromRevision: 3n })).toEqual([]);
  expect(await revisions(client, 'a-1', { ...backwards, fromRevision: 40n })).toEqual([5]);
});

test('$all shows truncated, deleted and tombstoned events until a scavenge', async () => {
  const { fake, client } = await fakeAndClient();
  for (const stream of ['cut', 'soft', 'hard', 'kept']) await client.appendToStream(stream, events(2));
  await client.setStreamMetadata('cut', { maxCount: 5 });
  await client.setStreamMetadata('cut', { truncateBefore: 1 });
  await client.deleteStream('soft');
  await client.tombstoneStream('hard');
  const all = [
    ...['cut', 'soft', 'hard', 'kept'].flatMap((stream) => [`${stream}@0 Noted`, `${stream}@1 Noted`]),
    '$$cut@0 $metadata',
    '$$cut@1 $metadata',
    '$$soft@0 $metadata',
    'hard@9223372036854775807 $streamDeleted',
  ];
  expect(await logged(client)).toEqual(all);
  fake.scavenge();
  // The last event of a stream is kept, and so is a tombstone.
  const gone = ['cut@0 Noted', 'soft@0 Noted', 'hard@0 Noted', 'hard@1 Noted', '$$cut@0 $metadata'];
  expect(await logged(client)).toEqual(all.filter((entry) => !gone.includes(entry)));
  expect(await revisions(client, 'cut')).toEqual([1]);
  expect((await client.appendToStream('cut', events(1))).nextExpectedRevision).toBe(2n);
});

test('after a scavenge, a repeat with ANY is still idempotent', async () => {
  const { fake, client } = await fakeAndClient();
  const repeated = events(2);
  const first = await client.appendToStream('a-1', repeated);
  fake.scavenge();
  expect(await client.appendToStream('a-1', repeated)).toEqual(first);
});

test('the next append restores a soft-deleted stream, without its metadata', async () => {
  const { client } = await fakeAndClient();
  await client.appendToStream('a-1', events(3));
  await client.setStreamMetadata('a-1', { maxCount: 10, custom: 'lost' });
  await client.deleteStream('a-1', { expectedRevision: 2n });
  await expect(revisions(client, 'a-1')).rejects.toThrow(StreamNotFoundError);
  const { nextExpectedRevision } = await client.appendToStream('a-1', events(1), {
    expectedRevision: 'no_stream',
  });
  expect(nextExpectedRevision).toBe(3n);
  expect(await revisions(client, 'a-1')).toEqual([3]);
  expect((await client.getStreamMetadata('a-1')).metadata).toEqual({ truncateBefore: 3 });
});

test('setting the metadata of a soft-deleted stream also restores it, without its events', async () => {
  const { client } = await fakeAndClient();
  await client.appendToStream('a-1', events(3));
  await client.deleteStream('a-1');
  await client.setStreamMetadata('a-1', { maxCount: 7 });
  expect(await revisions(client, 'a-1')).toEqual([]);
  expect((await client.getStreamMetadata('a-1')).metadata).toEqual({ maxCount: 7, truncateBefore: 3 });
});

test('a tombstoned stream cannot be restored', async () => {
  const { fake, client } = await fakeAndClient();
  await client.appendToStream('a-1', events(2));
  await client.tombstoneStream('a-1');
  await client.tombstoneStream('never-was');
  await fake.restart();
  await expect(client.readStream('a-1').toArray()).rejects.toMatchObject({ type: 'unavailable' });
  for (const stream of ['a-1', 'never-was']) {
    for (const refused of [
      () => client.appendToStream(stream, events(1)),
      () => client.appendToStream(stream, events(1), { expectedRevision: 'no_stream' }),
      () => client.setStreamMetadata(stream, { maxCount: 1 }),
      () => client.tombstoneStream(stream),
      () => client.deleteStream(stream),
      () => revisions(client, stream),
    ]) {
      const error = await refused().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(StreamDeletedError);
      expect(error).toMatchObject({ type: 'stream-deleted' });
    }
  }
});

test('delete and tombstone check the revision; a stream that never existed cannot be soft-deleted', async () => {
  const { client } = await fakeAndClient();
  await client.appendToStream('a-1', events(2));
  const wrong = { type: 'wrong-expected-version', streamName: 'a-1', expectedVersion: 4n, actualVersion: 1n };
  await expect(client.deleteStream('a-1', { expectedRevision: 4n })).rejects.toMatchObject(wrong);
  await expect(client.tombstoneStream('a-1', { expectedRevision: 4n })).rejects.toMatchObject(wrong);
  await expect(client.deleteStream('never-was')).rejects.toMatchObject({ type: 'wrong-expected-version' });
  expect((await client.tombstoneStream('a-1', { expectedRevision: 1n })).position).toBeDefined();
});

test('the name of a tombstoned stream does not fit into a trailer if it is not ASCII: the client gets HTTP 500, but a batched append its answer', async () => {
  const { client } = await fakeAndClient();
  const stream = 'späte 界';
  await client.appendToStream(stream, events(1));
  await client.tombstoneStream(stream);
  for (const refused of [
    () => client.tombstoneStream(stream),
    () => client.deleteStream(stream),
    () => revisions(client, stream),
    () => client.getStreamMetadata(stream),
    () => client.appendToStream(stream, events(1), { credentials: { username: 'a', password: 'b' } }),
  ]) {
    await expect(refused()).rejects.toMatchObject({ code: 2, message: /Received HTTP status code 500/ });
  }
  await expect(client.appendToStream(stream, events(1))).rejects.toThrow(StreamDeletedError);
  await expect(client.deleteStream('né', { expectedRevision: 3n })).rejects.toThrow(/HTTP status code 500/);
  expect(await logged(client)).toContain(`${stream}@0 Noted`);
});
