import { randomBytes, randomUUID } from 'node:crypto';
import { asEvent, type EventContext, erasedBody, streams } from '@mission-control/contracts';
import { type EventStore, EventStoreUnavailable, openEventStore } from '@mission-control/event-store';
import { migrateReadModels, openReadModels } from '@mission-control/read-models';
import { createTestDatabase } from '@mission-control/test-servers';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Branch } from './branch.ts';
import { Branches } from './branches.ts';
import { ContentKeyMissing, ContentKeys } from './content-keys.ts';
import { openReadableLog, type ReadableLog, withoutContentKeys } from './open.ts';

const context: EventContext = {
  occurredAt: '2026-03-05T12:00:00.000Z',
  actor: { kind: 'sender', id: 'test' },
  correlationId: 'test',
  causationId: null,
};
const content = (text: string) => ({
  ...{ sourceIp: '192.0.2.7', contentType: 'text/plain', deliveryName: 'd-1' },
  headers: [['content-type', 'text/plain']] as [string, string][],
  body: Buffer.from(text),
});

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let readable: ReadableLog;
const encryptionKey = randomBytes(32);
const open = async (name: string, url = database.url) =>
  openReadableLog(
    await openEventStore(database.url),
    { ENCRYPTION_KEY: [encryptionKey], DATABASE_URL: url, EVENTSTORE_PREFIX: '' },
    name,
  );
beforeAll(async () => {
  database = await createTestDatabase();
  await migrateReadModels(database.url);
  readable = await open('test');
});
afterAll(async () => {
  await readable?.store.close();
  await database?.drop();
});

const drawn = async (branches: Branches, webhookId: string): Promise<Branch> => {
  const branch = await branches.of(webhookId);
  if (branch === 'destroyed') throw new Error('The key is destroyed.');
  return branch;
};
/** An arrival as a gateway appends it. */
const arrive = async (log: EventStore, webhookId: string, branch: Branch, text: string) => {
  const eventId = randomUUID();
  const body = branch.encrypt({ webhookId, eventId }, content(text));
  const event = asEvent(
    {
      type: 'WebhookPayloadReceived',
      data: {
        ...{ payloadId: randomUUID(), boardId: randomUUID(), webhookId, webhookRevision: 0 },
        ...{ receivedAt: context.occurredAt, sourceIp: null, contentType: null, headers: [], body },
        ...{ size: text.length, sha256: 'a'.repeat(64), fence: 'f'.repeat(32) },
        verification: { verdict: 'unverified', scheme: 'none' },
        dedupe: { key: null, source: 'header:x', windowSeconds: 60 },
      },
    },
    context,
    eventId,
  );
  await log.append(streams.payloads(webhookId), 'any', [event]);
  return body;
};
const bodiesOf = async (store: EventStore, webhookId: string) =>
  (await Array.fromAsync(store.readStream(streams.payloads(webhookId)))).map(
    ({ data }) => (data as { body: unknown }).body,
  );
const plain = (data: string) => ({ enc: null, encoding: 'utf8', data });
const placeOf = ({ place }: { place: string }) => Buffer.from(place, 'hex');

describe('content keys', () => {
  it('decrypt what was encrypted, in every way of reading', async () => {
    const webhookId = randomUUID();
    const branch = await drawn(new Branches(readable.keys, { max: 10 }), webhookId);
    await arrive(readable.asStored, webhookId, branch, 'one');
    await arrive(readable.asStored, webhookId, branch, 'two');
    const opened = {
      ...{ sourceIp: '192.0.2.7', contentType: 'text/plain', headers: [['content-type', 'text/plain']] },
      dedupe: { key: 'd-1', source: 'header:x', windowSeconds: 60 },
    };
    const { store } = readable;
    const stream = streams.payloads(webhookId);
    expect(await store.readEvent(stream, 0)).toMatchObject({ data: { ...opened, body: plain('one') } });
    expect(await bodiesOf(store, webhookId)).toEqual([plain('one'), plain('two')]);
    const all = store.readAll({ filter: { streamPrefixes: [stream] } });
    expect(await Array.fromAsync(all)).toMatchObject([{ data: opened }, { data: opened }]);
    const ending = new AbortController();
    const filter = { streamPrefixes: [stream] };
    for await (const message of store.subscribeToAll({ from: 'start', filter, signal: ending.signal })) {
      if (message.kind === 'event') expect(message.event.data).toMatchObject(opened);
      if (message.kind === 'caught_up') ending.abort();
    }
    expect(JSON.stringify(await bodiesOf(readable.asStored, webhookId))).not.toContain('one');
  });

  it('are destroyed one by one, whatever a process has derived, and the others stay', async () => {
    const webhookId = randomUUID();
    const branches = new Branches(readable.keys, { max: 10 });
    const branch = await drawn(branches, webhookId);
    const bodies = [];
    for (const text of ['one', 'two', 'three'])
      bodies.push(await arrive(readable.asStored, webhookId, branch, text));
    const [one, two, three] = bodies as [(typeof bodies)[0], (typeof bodies)[0], (typeof bodies)[0]];
    expect(await readable.keys.destroyLeaf(two.key, placeOf(two))).toBe(true);
    expect(await readable.keys.destroyLeaf(two.key, placeOf(two))).toBe(false);
    expect(await bodiesOf(readable.store, webhookId)).toEqual([plain('one'), erasedBody, plain('three')]);

    // A branch that began before goes on, and a new one begins elsewhere in the tree.
    await arrive(readable.asStored, webhookId, branch, 'four');
    await arrive(readable.asStored, webhookId, await drawn(branches, webhookId), 'five');
    const others = [one, three].map((body) => readable.keys.destroyLeaf(body.key, placeOf(body)));
    expect(await Promise.all(others)).toEqual([true, true]);
    const another = await open('another');
    const rest = [erasedBody, erasedBody, erasedBody, plain('four'), plain('five')];
    expect(await bodiesOf(another.store, webhookId)).toEqual(rest);
    await another.store.close();
  });

  it('are destroyed together with the webhook, which gets no new one', async () => {
    const webhookId = randomUUID();
    const branches = new Branches(readable.keys, { max: 10 });
    await arrive(readable.asStored, webhookId, await drawn(branches, webhookId), 'one');
    await readable.keys.destroyAll(webhookId);
    await readable.keys.destroyAll(webhookId);
    expect(await bodiesOf(readable.store, webhookId)).toEqual([erasedBody]);
    expect(await branches.of(webhookId)).toBe('destroyed');
    await readable.keys.create(webhookId);
    expect(await branches.of(webhookId)).toBe('destroyed');
  });

  it('are in the table only encrypted, and bound to their place in it', async () => {
    const webhookId = randomUUID();
    const encrypted = await arrive(
      readable.asStored,
      webhookId,
      await drawn(new Branches(readable.keys, { max: 1 }), webhookId),
      'one',
    );
    await readable.keys.destroyLeaf(encrypted.key, placeOf(encrypted));
    const { db, close } = openReadModels(database.url);
    const { rows: nodes } = await sql<{ start: Buffer; depth: number; node: string }>`
      select * from content_keys.nodes where key_id = ${encrypted.key}`.execute(db);
    expect(nodes).toHaveLength(72);
    expect(new Set(nodes.map(({ node }) => node.split('.').length))).toEqual(new Set([5]));
    // The node of another place under the erased one's start would decrypt what it must not.
    const [first] = nodes.toSorted((one, other) => one.depth - other.depth);
    await sql`
      update content_keys.nodes set start = ${placeOf(encrypted)}, depth = 72
       where key_id = ${encrypted.key} and start = ${first?.start}`.execute(db);
    await expect(readable.keys.leaf(encrypted.key, placeOf(encrypted))).rejects.toThrow(
      /cannot be decrypted/,
    );
    await close();
  });

  it('that are lost are named, which is not the same as erased', async () => {
    await expect(readable.keys.leaf(randomUUID(), Buffer.alloc(9))).rejects.toThrow(ContentKeyMissing);
    await expect(readable.keys.destroyLeaf(randomUUID(), Buffer.alloc(9))).rejects.toThrow(ContentKeyMissing);
  });
});

it('a service without keys reads everything but encrypted content, and says what it needs for that', async () => {
  const [encrypted, other] = [randomUUID(), randomUUID()];
  const branches = new Branches(readable.keys, { max: 1 });
  await arrive(readable.asStored, encrypted, await drawn(branches, encrypted), 'one');
  const store = withoutContentKeys(readable.asStored);
  expect(await bodiesOf(store, other)).toEqual([]);
  expect(await Array.fromAsync(store.readStream(streams.keyring))).toHaveLength(1);
  const reading = store.readEvent(streams.payloads(encrypted), 0);
  await expect(reading).rejects.toThrow(EventStoreUnavailable);
  await expect(reading).rejects.toThrow('DATABASE_URL and ENCRYPTION_KEY');
});

describe('while the table cannot be reached', () => {
  const away = () =>
    new ContentKeys('postgres://nobody@127.0.0.1:9/none', {
      keyring: readable.keyring,
      name: 'test',
      prefix: '',
    });

  it('reading fails like an unavailable event store, and encrypting without a key in memory does', async () => {
    const keys = away();
    await expect(keys.leaf(randomUUID(), Buffer.alloc(9))).rejects.toThrow(EventStoreUnavailable);
    await expect(keys.create(randomUUID())).rejects.toThrow(EventStoreUnavailable);
    await expect(new Branches(keys, { max: 1 }).of(randomUUID())).rejects.toThrow(EventStoreUnavailable);
    await keys.close();
  });

  it('reading goes on with what was read before, also in other branches, and asks again once the table is back', async () => {
    const webhookId = randomUUID();
    let now = 0;
    const config = { keyring: readable.keyring, name: 'test', prefix: '', now: () => now };
    const keys = new ContentKeys(database.url, config);
    const first = await arrive(
      readable.asStored,
      webhookId,
      await drawn(new Branches(keys, { max: 1 }), webhookId),
      '1',
    );
    const other = await arrive(
      readable.asStored,
      webhookId,
      await drawn(new Branches(keys, { max: 1 }), webhookId),
      '2',
    );
    const leaf = await keys.leaf(first.key, placeOf(first));
    const { db, close } = openReadModels(database.url);
    await sql`alter table content_keys.keys rename to keys_away`.execute(db);
    try {
      now += 3_600_000;
      expect(await keys.leaf(first.key, placeOf(first))).toEqual(leaf);
      expect(await keys.leaf(other.key, placeOf(other))).toBeInstanceOf(Buffer);
      await expect(keys.leaf(randomUUID(), placeOf(first))).rejects.toThrow(EventStoreUnavailable);
    } finally {
      await sql`alter table content_keys.keys_away rename to keys`.execute(db);
      await close();
    }
    await readable.keys.destroyLeaf(first.key, placeOf(first));
    now += 3_600_000;
    expect(await keys.leaf(first.key, placeOf(first))).toBe('erased');
    await keys.close();
  });

  it('a branch in memory stays in use after its time, and is replaced once the table is back', async () => {
    const webhookId = randomUUID();
    let now = 0;
    let keys: Pick<ContentKeys, 'subtreeOf'> = readable.keys;
    const branches = new Branches(
      { subtreeOf: (...given) => keys.subtreeOf(...given) },
      { max: 1, now: () => now },
    );
    const branch = await drawn(branches, webhookId);
    expect(branches.known(webhookId)).toBe(branch);
    now += 3_600_000;
    expect(branches.known(webhookId)).toBeUndefined();
    const broken = away();
    keys = broken;
    expect(await branches.of(webhookId)).toBe(branch);
    expect(branches.known(webhookId)).toBe(branch);
    await arrive(readable.asStored, webhookId, branch, 'late');
    keys = readable.keys;
    now += 3_600_000;
    expect(await drawn(branches, webhookId)).not.toBe(branch);
    expect(await bodiesOf(readable.store, webhookId)).toEqual([plain('late')]);
    await broken.close();
  });
});
