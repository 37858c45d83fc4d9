import { binaryEvent, type ReadAllOptions, type ReadPosition } from '@eventstore/db-client';
import { expect, test } from 'vitest';
import { event, events, fakeAndClient, logged, revisions } from './bare-client.spec-support.ts';

test('an event is returned as it was appended', async () => {
  const { client } = await fakeAndClient();
  const before = Date.now();
  const json = { ...event('Noted', { text: 'ü\u0000' }), metadata: { by: 'me' } };
  const binary = binaryEvent({
    type: 'Bytes',
    data: new Uint8Array([0, 255]),
    metadata: new Uint8Array([1]),
  });
  await client.appendToStream('späte 界', [json, binary]);
  const read = await client.readStream('späte 界').toArray();
  expect(read.map((resolved) => resolved.event)).toMatchObject([
    {
      streamId: 'späte 界',
      id: json.id,
      type: 'Noted',
      isJson: true,
      revision: 0n,
      data: json.data,
      metadata: { by: 'me' },
    },
    { id: binary.id, isJson: false, revision: 1n, data: binary.data },
  ]);
  expect(read[0]?.event?.created.getTime()).toBeGreaterThanOrEqual(before);
});

test('a stream can be read from any revision, forwards and backwards, up to a limit', async () => {
  const { client } = await fakeAndClient();
  await client.appendToStream('a-1', events(100));
  const all = Array.from({ length: 100 }, (_, revision) => revision);
  expect(await revisions(client, 'a-1')).toEqual(all);
  expect(await revisions(client, 'a-1', { direction: 'backwards', fromRevision: 'end' })).toEqual(
    all.toReversed(),
  );
  expect(await revisions(client, 'a-1', { fromRevision: 40n, maxCount: 2 })).toEqual([40, 41]);
  expect(await revisions(client, 'a-1', { fromRevision: 40n, maxCount: 2, direction: 'backwards' })).toEqual([
    40, 39,
  ]);
  await expect(revisions(client, 'never-was')).rejects.toMatchObject({ type: 'stream-not-found' });
});

test('from an event, $all is read inclusively forwards and exclusively backwards, up to a limit', async () => {
  const { client } = await fakeAndClient();
  const positions: ReadPosition[] = [];
  for (let number = 0; number < 70; number += 1) {
    const { position } = await client.appendToStream(`a-${number}`, events(1));
    if (position) positions.push(position);
  }
  const read = async (options: ReadAllOptions) => {
    const found = await client.readAll(options).toArray();
    return found.map(({ event }) => event?.streamId).filter((stream) => stream?.startsWith('a-'));
  };
  const at = (number: number): ReadPosition => positions[number] ?? 'start';
  expect(await read({ fromPosition: at(66) })).toEqual(['a-66', 'a-67', 'a-68', 'a-69']);
  expect(await read({ fromPosition: at(3), direction: 'backwards' })).toEqual(['a-2', 'a-1', 'a-0']);
  expect(await read({ fromPosition: at(5), maxCount: 2 })).toEqual(['a-5', 'a-6']);
  expect(await read({ fromPosition: 'end', direction: 'backwards' })).toHaveLength(70);
  expect(await read({ fromPosition: 'end' })).toEqual([]);
});

test('beyond the head, $all is empty forwards and an error backwards; inside an event it is an error', async () => {
  const { client } = await fakeAndClient();
  const { position = { commit: 0n, prepare: 0n } } = await client.appendToStream('a-1', events(1));
  await client.appendToStream('a-1', events(1));
  const from = (position: bigint, options?: ReadAllOptions) =>
    client.readAll({ ...options, fromPosition: { commit: position, prepare: position } }).toArray();
  const beyond = position.commit + 1_000_000n;
  expect(await from(beyond)).toEqual([]);
  await expect(from(beyond, { direction: 'backwards' })).rejects.toMatchObject({ code: 2 });
  await expect(from(position.commit + 1n)).rejects.toMatchObject({ code: 2 });
});

test('$all includes system events: metadata, users, statistics, links', async () => {
  const { client } = await fakeAndClient({ linksCategories: true });
  await client.appendToStream('order-1', events(2));
  await client.setStreamMetadata('order-1', { maxCount: 9 });
  const read = await client.readAll().toArray();
  const types = new Set(read.map(({ event }) => event?.type));
  expect([...types]).toEqual(
    expect.arrayContaining(['$metadata', '$UserCreated', '$statsCollected', '$>', 'Noted']),
  );
  expect(await logged(client)).toEqual([
    'order-1@0 Noted',
    'order-1@1 Noted',
    '$ce-order@0 $>',
    '$ce-order@1 $>',
    '$$order-1@0 $metadata',
  ]);
});
