import { randomUUID } from 'node:crypto';
import { type EventStoreDbFakeOptions, startEventStoreDbFake } from '@mission-control/testing';
import { expect, onTestFinished, test } from 'vitest';
import { openEventStore } from '../open.ts';
import type { NewEvent } from '../port.ts';

/** What real servers of version 24.6 did in these faults, and what the port makes of it. */
const fakeAndStore = async (options?: EventStoreDbFakeOptions) => {
  const fake = await startEventStoreDbFake(options);
  onTestFinished(() => fake.stop());
  const lines: string[] = [];
  const note = (_: object, message: string) => void lines.push(message);
  const store = await openEventStore(fake.url, {
    log: { debug: () => {}, info: note, warn: note, error: note },
  });
  onTestFinished(() => store.close());
  return { fake, store, lines };
};

const event = (data: unknown = {}, metadata: unknown = {}): NewEvent => ({
  id: randomUUID(),
  type: 'Noted',
  data,
  metadata,
});

const idsIn = async (store: Awaited<ReturnType<typeof fakeAndStore>>['store'], stream: string) =>
  (await Array.fromAsync(store.readStream(stream))).map(({ id }) => id);

test.each(['names_leader', 'resets_call'] as const)(
  'after a resignation, the first repeatable append is stored once, if the former leader %s',
  async (formerLeader) => {
    const { fake, store } = await fakeAndStore({ nodes: 3 });
    for (let move = 0; move < 3; move += 1) {
      expect(await store.append('a-1', 'any', [event()])).toMatchObject({ ok: true });
      fake.moveLeader(formerLeader);
      const one = event();
      expect(await store.append(`b-${move}`, 'no_stream', [one])).toMatchObject({ ok: true, revision: 0 });
      expect(await idsIn(store, `b-${move}`)).toEqual([one.id]);
    }
  },
);

test('after a resignation, an append that is not repeatable is stored if the former leader says that it did not handle it', async () => {
  const { fake, store } = await fakeAndStore({ nodes: 3 });
  const events = [event(), event(), event()];
  for (const one of events) {
    expect(await store.append('a-1', 'any', [one])).toMatchObject({ ok: true });
    fake.moveLeader('names_leader');
  }
  expect(await idsIn(store, 'a-1')).toEqual(events.map(({ id }) => id));
});

test('after a resignation, an append that is not repeatable fails with an unknown outcome if the call is reset', async () => {
  const { fake, store } = await fakeAndStore({ nodes: 3 });
  await store.append('a-1', 'any', [event()]);
  fake.moveLeader('resets_call');
  const refused = store.append('a-1', 'any', [event()]);
  await expect(refused).rejects.toMatchObject({ name: 'EventStoreUnavailable', outcomeUnknown: true });
  expect(await store.append('a-1', 'any', [event()])).toMatchObject({ ok: true, revision: 1 });
});

test('while the disk is frozen, reads work and appends have an unknown outcome; repeatable ones are stored once after it', async () => {
  const { fake, store, lines } = await fakeAndStore();
  const [before, unsure, lost, repeated] = [event(), event(), event(), event()];
  await store.append('a-1', 'any', [before]);
  const quiet = lines.length;
  fake.freezeDisk();
  const unknown = { reason: { name: 'EventStoreUnavailable', outcomeUnknown: true } };
  expect(await Promise.allSettled([store.append('a-1', 'any', [unsure])])).toMatchObject([unknown]);
  expect(await Promise.allSettled([store.append('a-1', 'any', [lost])])).toMatchObject([unknown]);
  await store.ping();
  expect(await idsIn(store, 'a-1')).toEqual([before.id]);
  fake.thawDisk({ lose: 1 });
  expect(await idsIn(store, 'a-1')).toEqual([before.id, unsure.id]);

  fake.freezeDisk();
  const append = store.append('b-1', 'no_stream', [repeated]);
  // The answer to this one comes after the first answer to the other one, which is then sent again.
  await expect(store.append('a-1', 'any', [event()])).rejects.toMatchObject({ outcomeUnknown: true });
  fake.thawDisk();
  expect(await append).toMatchObject({ ok: true, revision: 0 });
  expect(await idsIn(store, 'b-1')).toEqual([repeated.id]);
  expect(lines.slice(quiet)).toEqual([]);
}, 60_000);

test('a tombstone that the server does not finish in time has an unknown outcome, and the connection is kept', async () => {
  const { fake, store, lines } = await fakeAndStore();
  await store.append('a-1', 'any', [event()]);
  const quiet = lines.length;
  fake.freezeDisk();
  await expect(store.tombstone('a-1')).rejects.toMatchObject({
    name: 'EventStoreUnavailable',
    outcomeUnknown: true,
  });
  expect(lines.slice(quiet)).toEqual([]);
  fake.thawDisk();
  expect(await idsIn(store, 'a-1')).toEqual([]);
  await store.tombstone('a-1');
}, 60_000);

test('a tombstone whose answer is lost has an unknown outcome; one that was not sent has a known one', async () => {
  const { fake, store } = await fakeAndStore();
  await store.append('a-1', 'any', [event()]);
  fake.freezeDisk();
  const doubtful = store.tombstone('a-1');
  const expected = expect(doubtful).rejects.toMatchObject({ outcomeUnknown: true });
  await expect(store.append('a-1', 'any', [event()])).rejects.toMatchObject({ outcomeUnknown: true });
  await fake.kill();
  await expected;
  await expect(store.tombstone('b-1')).rejects.toMatchObject({ outcomeUnknown: false });
}, 60_000);

test.each(['data', 'everything'] as const)(
  'if the server counts %s towards the append size, an event that was tried when the store was opened is accepted',
  async (appendSizeCounts) => {
    const limit = 200_000;
    const { fake, store } = await fakeAndStore({ maxAppendSize: limit, appendSizeCounts });
    const largest = (bytes: number) => ({ largestEvent: { bytes, setting: 'SIZE' } });
    const bytes = limit - 100;
    await (await openEventStore(fake.url, largest(bytes))).close();
    const text = 'x'.repeat(bytes - 4);
    for (const one of [event(text), event('', text), event(text.slice(0, 1_000), text.slice(1_002))]) {
      expect(await store.append('a-1', 'any', [one])).toMatchObject({ ok: true });
    }
    await expect(openEventStore(fake.url, largest(limit + 1))).rejects.toMatchObject({
      name: 'EventTooLarge',
      serverSetting: 'MaxAppendSize',
    });
    const inMetadata = store.append('a-1', 'any', [event('', 'x'.repeat(limit + 1))]);
    if (appendSizeCounts === 'data') expect(await inMetadata).toMatchObject({ ok: true });
    else await expect(inMetadata).rejects.toMatchObject({ name: 'EventTooLarge' });
  },
);
