import { jsonEvent, WrongExpectedVersionError } from '@eventstore/db-client';
import { expect, test } from 'vitest';
import { event, events, fakeAndClient, logged, revisions } from './bare-client.spec-support.ts';

/** The client makes one call per append if the append has its own credentials. Otherwise many appends share a call. */
const ways = [
  { way: 'over a shared call', options: {} },
  { way: 'in its own call', options: { credentials: { username: 'admin', password: 'changeit' } } },
];

test.for(ways)('an append $way returns the revision and position of its last event', async ({ options }) => {
  const { client } = await fakeAndClient();
  const first = await client.appendToStream('a-1', events(2), {
    ...options,
    expectedRevision: 'no_stream',
  });
  const second = await client.appendToStream('a-1', events(1), { ...options, expectedRevision: 1n });
  expect([first.nextExpectedRevision, second.nextExpectedRevision]).toEqual([1n, 2n]);
  for (const { nextExpectedRevision, position } of [first, second]) {
    for await (const read of client.readStream('a-1', {
      fromRevision: nextExpectedRevision,
      maxCount: 1,
    })) {
      expect(read.event?.position).toEqual(position);
    }
  }
});

test.for(ways)('a wrong expected revision is rejected $way, with both revisions', async ({ options }) => {
  const { client } = await fakeAndClient();
  const append = (expectedRevision: 'no_stream' | 'stream_exists' | bigint) =>
    client.appendToStream('a-1', events(1), { ...options, expectedRevision });
  await expect(append('stream_exists')).rejects.toMatchObject({ actualVersion: 'no_stream' });
  await expect(append(4n)).rejects.toMatchObject({ expectedVersion: 4n, actualVersion: 'no_stream' });
  await append('no_stream');
  await append('stream_exists');
  for (const expected of ['no_stream', 0n, 2n] as const) {
    const refused = append(expected);
    await expect(refused).rejects.toThrow(WrongExpectedVersionError);
    await expect(refused).rejects.toMatchObject({
      type: 'wrong-expected-version',
      streamName: 'a-1',
      expectedVersion: expected,
      actualVersion: 1n,
    });
  }
});

test.for(ways)(
  'an append over the maximum append size is rejected $way and stores nothing',
  async ({ options }) => {
    for (const [appendSizeCounts, overhead] of [
      ['data', 0],
      // The client sends no metadata if there is none.
      ['everything', 2 * 'Big'.length],
    ] as const) {
      const { client } = await fakeAndClient({ appendSizeCounts });
      const body = (bytes: number) => jsonEvent({ type: 'Big', data: 'x'.repeat(bytes - 2) });
      await client.appendToStream('a-1', body(1024 * 1024 - overhead), options);
      for (const tooMuch of [[body(1024 * 1024 - overhead + 1)], [body(600_000), body(600_000)]]) {
        await expect(client.appendToStream('a-1', tooMuch, options)).rejects.toMatchObject({
          type: 'maximum-append-size-exceeded',
          maxAppendSize: 1024 * 1024,
        });
      }
      expect(await revisions(client, 'a-1')).toEqual([0]);
    }
  },
);

test('an event over the maximum append event size is rejected with the trailers of KurrentDB, and nothing is stored', async () => {
  const { client } = await fakeAndClient({ maxAppendEventSize: 1_000 });
  const body = (bytes: number) => jsonEvent({ type: 'Big', data: 'x'.repeat(bytes - 2 - 2 * 'Big'.length) });
  await client.appendToStream('a-1', [body(1_000), body(1_000)]);
  const credentials = { username: 'admin', password: 'changeit' };
  const refused = client.appendToStream('a-1', [body(10), body(1_001)], { credentials });
  await expect(refused).rejects.toThrow(/Size: 1001, exceeds Maximum Append Event Size of 1000/);
  await expect(client.appendToStream('a-1', [body(10), body(1_001)])).rejects.toThrow();
  expect(await revisions(client, 'a-1')).toEqual([0, 1]);
});

test('the maximum append size can be configured', async () => {
  const { client } = await fakeAndClient({ maxAppendSize: 4 * 1024 * 1024 });
  const most = [1, 2, 3].map(() => jsonEvent({ type: 'Big', data: 'x'.repeat(1_200_000) }));
  await client.appendToStream('a-1', most);
  await expect(client.appendToStream('a-1', [...most, ...most])).rejects.toMatchObject({
    maxAppendSize: 4 * 1024 * 1024,
  });
  expect(await revisions(client, 'a-1')).toEqual([0, 1, 2]);
});

test('a repeat with an exact revision stores nothing, even after a restart or once the event is hidden', async () => {
  const { fake, client } = await fakeAndClient();
  const [one, two] = [events(2), events(1)];
  const first = await client.appendToStream('a-1', one, { expectedRevision: 'no_stream' });
  await client.appendToStream('a-1', two, { expectedRevision: 1n });
  const repeat = () => client.appendToStream('a-1', one, { expectedRevision: 'no_stream' });
  expect(await repeat()).toEqual(first);
  await fake.restart();
  await expect(repeat()).rejects.toMatchObject({ type: 'unavailable' });
  expect(await repeat()).toEqual(first);
  await client.setStreamMetadata('a-1', { truncateBefore: 2 });
  // The position of a hidden event is not returned.
  expect(await repeat()).toEqual({ ...first, position: undefined });
  expect((await logged(client)).filter((entry) => entry.startsWith('a-1'))).toHaveLength(3);
});

test('a repeat with ANY stores nothing until a restart, and stores everything again after it', async () => {
  const { fake, client } = await fakeAndClient();
  const repeated = events(2);
  const append = () => client.appendToStream('a-1', repeated, { expectedRevision: 'any' });
  const first = await append();
  expect(await append()).toEqual(first);
  expect(await revisions(client, 'a-1')).toEqual([0, 1]);
  await fake.restart();
  await expect(append()).rejects.toMatchObject({ type: 'unavailable' });
  expect((await append()).nextExpectedRevision).toBe(3n);
  const ids = [];
  for await (const read of client.readStream('a-1')) ids.push(read.event?.id);
  const once = repeated.map(({ id }) => id);
  expect(ids).toEqual([...once, ...once]);
});

test('an append that partly repeats an earlier one is rejected, whatever the revision', async () => {
  const { client } = await fakeAndClient();
  const [first, second] = [event(), event()];
  await client.appendToStream('a-1', [first, second]);
  for (const expectedRevision of ['any', 'no_stream'] as const) {
    await expect(client.appendToStream('a-1', [first, event()], { expectedRevision })).rejects.toMatchObject({
      type: 'wrong-expected-version',
      actualVersion: 1n,
    });
  }
  expect(await revisions(client, 'a-1')).toEqual([0, 1]);
});

test('positions grow by the size of the events, not by one', async () => {
  const { client } = await fakeAndClient();
  const bytes = async (length: number): Promise<bigint> => {
    const before = await client.appendToStream('a-1', events(1));
    await client.appendToStream('a-1', jsonEvent({ type: 'Noted', data: 'x'.repeat(length) }));
    const after = await client.appendToStream('a-1', events(1));
    return (after.position?.commit ?? 0n) - (before.position?.commit ?? 0n);
  };
  const few = await bytes(0);
  expect(few).toBeGreaterThan(100n);
  expect(await bytes(10_000)).toBe(few + 10_000n);
});

test('ids are returned in lower case', async () => {
  const { client } = await fakeAndClient();
  const id = 'ABCDEF00-0000-4000-8000-000000000000';
  await client.appendToStream('a-1', event('Noted', {}, id));
  for await (const read of client.readStream('a-1')) expect(read.event?.id).toBe(id.toLowerCase());
});

test('a server does not start with a larger maximum append size than it can write', async () => {
  await expect(fakeAndClient({ maxAppendSize: 16_767_217 })).rejects.toThrow('MaxAppendSize exceeded');
  await fakeAndClient({ maxAppendSize: 16_767_216 });
});
