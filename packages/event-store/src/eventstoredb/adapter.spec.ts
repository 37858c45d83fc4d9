import { randomUUID } from 'node:crypto';
import { type EventStoreDbFakeOptions, startEventStoreDbFake } from '@mission-control/testing';
import { createNoopMeter, type Meter } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import {
  CheckpointNotInLog,
  EventStoreAccessDenied,
  EventStoreFailed,
  EventStoreUnavailable,
  EventStoreUnsupported,
  EventTooLarge,
} from '../errors.ts';
import { openEventStore } from '../open.ts';
import type { OpenEventStoreOptions } from '../options.ts';
import type { EventStore, NewEvent, SubscribeOptions, SubscriptionMessage } from '../port.ts';

const open = async (url: string, options?: OpenEventStoreOptions): Promise<EventStore> => {
  const store = await openEventStore(url, options);
  onTestFinished(() => store.close());
  return store;
};

const fakeAndStore = async (fakeOptions?: EventStoreDbFakeOptions, options?: OpenEventStoreOptions) => {
  const fake = await startEventStoreDbFake(fakeOptions);
  onTestFinished(() => fake.stop());
  return { fake, store: await open(fake.url, options) };
};

const event = (type = 'Noted', data: unknown = {}): NewEvent => ({
  id: randomUUID(),
  type,
  data,
  metadata: {},
});
const events = (count: number): NewEvent[] => Array.from({ length: count }, () => event());

/** Returns a function that reads until a message matches and resolves to the ids of the events read. */
const following = (store: EventStore, options: SubscribeOptions) => {
  const messages = store.subscribeToAll(options)[Symbol.asyncIterator]();
  onTestFinished(async () => void (await messages.return?.()));
  return async (until: (message: SubscriptionMessage) => boolean): Promise<string[]> => {
    const ids: string[] = [];
    for (;;) {
      const { value, done } = await messages.next();
      if (done === true) throw new Error('the subscription has ended');
      if (value.kind === 'event') ids.push(value.event.id);
      if (until(value)) return ids;
    }
  };
};

const caughtUp = ({ kind }: SubscriptionMessage): boolean => kind === 'caught_up';

test.each([
  ['esdb://admin:s3cret@', 'it has the wrong form'],
  ['esdb://admin:s3cret@host:port', 'expected port number'],
  ['esdb://admin:s3cret@host?tsl=false', 'unknown option tsl'],
  ['esdb://admin:s3cret@host?tls=perhaps', 'expected true or false'],
  ['esdb://admin:s3cret@host?tlsCAFile=/nowhere/ca.crt', 'certificate'],
  ['esdb://admin:s3cret@host?tlsVerifyCert=false', 'tlsCAFile'],
  ['esbd://admin:s3cret@host', 'must begin with'],
])('the address %s is rejected with a reason and without quoting the password', async (url, why) => {
  const error = await openEventStore(url).catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(EventStoreUnsupported);
  expect((error as Error).message).toContain(why);
  expect((error as Error).message).not.toContain('s3cret');
});

test('addresses may use the new name of the product', async () => {
  const { fake } = await fakeAndStore();
  const store = await open(fake.url.replace('esdb://', 'kurrentdb://'));
  await store.ping();
});

test('the error names an unreachable server without the password', async () => {
  const { fake } = await fakeAndStore();
  const url = fake.url.replace('esdb://', 'esdb://admin:s3cret@');
  await fake.kill();
  const error = await openEventStore(url).catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(EventStoreUnavailable);
  expect((error as Error).message).toContain(new URL(fake.url).host);
  expect((error as Error).message).not.toContain('s3cret');
});

test('missing or wrong credentials throw EventStoreAccessDenied', async () => {
  const credentials = { username: 'mission', password: 'p@ss/wörd' };
  const { fake, store } = await fakeAndStore({ credentials });
  expect((await store.append('a-1', 'any', events(1))).ok).toBe(true);
  for (const user of ['', 'mission:wrong@']) {
    const refused = openEventStore(fake.url.replace(/\/\/.*@/, `//${user}`));
    await expect(refused).rejects.toThrow(EventStoreAccessDenied);
  }
});

test('a server without TLS is distinguished from an unreachable one', async () => {
  const { fake } = await fakeAndStore();
  await expect(openEventStore(fake.url.replace('tls=false', 'tls=true'))).rejects.toThrow(/tls=false/);
});

test.each([
  ['MaxAppendSize', { maxAppendSize: 1024 * 1024 }],
  ['MaxAppendEventSize', { maxAppendSize: 16_767_216, maxAppendEventSize: 1024 * 1024 }],
  ['MaxAppendEventSize', { maxAppendSize: 1024 * 1024, maxAppendEventSize: 1024 * 1024 }],
])(
  'opening the store tries the largest event, and the error message names both settings: %s',
  async (...given) => {
    const [serverSetting, limits] = given;
    const { fake, store } = await fakeAndStore(limits);
    const largestEvent = { bytes: 1_000_000, setting: 'WEBHOOK_MAX_PAYLOAD_BYTES' };
    await open(fake.url, { largestEvent });
    await open(fake.url, { largestEvent });
    for (const bytes of [1_048_577, 1_100_000, 5_000_000]) {
      const refused = openEventStore(fake.url, { largestEvent: { ...largestEvent, bytes } });
      await expect(refused).rejects.toThrow(EventTooLarge);
      await expect(refused).rejects.toThrow(
        new RegExp(`raise ${serverSetting} of the server, or lower WEBHOOK_MAX_PAYLOAD_BYTES$`),
      );
    }
    // No setting of the server allows this size.
    const refused = openEventStore(fake.url, { largestEvent: { ...largestEvent, bytes: 17_000_000 } });
    await expect(refused).rejects.toThrow(/the limit is 15728640 bytes\): lower WEBHOOK_MAX_PAYLOAD_BYTES$/);
    expect(await store.head()).toBeNull();
    expect(await Array.fromAsync(store.readAll())).toEqual([]);
  },
);

test.each([
  ['MaxAppendSize', { maxAppendSize: 100_000 }],
  ['MaxAppendEventSize', { maxAppendEventSize: 100_000 }],
])('an event over the %s of the server is too large, and the next append succeeds', async (...given) => {
  const [serverSetting, limits] = given;
  const { store } = await fakeAndStore(limits);
  // Smaller and larger than one message of the protocol.
  for (const bytes of [100_001, 900_000, 3_000_000]) {
    const refused = store.append('a-1', 'any', [event('Big', 'x'.repeat(bytes))]);
    await expect(refused).rejects.toMatchObject({ name: 'EventTooLarge', serverSetting });
    await expect(refused).rejects.toThrow(`the server's ${serverSetting}`);
    const together = store.append('a-1', 'any', [event(), event('Big', 'x'.repeat(bytes))]);
    await expect(together).rejects.toThrow(EventTooLarge);
  }
  expect(await store.append('a-1', 'no_stream', events(1))).toMatchObject({ ok: true, revision: 0 });
});

const failures = [
  { type: 'event_store.client.QuotaExceeded', message: 'QuotaExceeded', code: 8 },
  { type: 'event_store.client.InvalidTransaction', message: 'InvalidTransaction', code: 9 },
  { type: 'kurrentdb.protocol.v9.StreamFrozen', message: 'the stream is frozen', code: 9 },
  { type: 'google.protobuf.Empty', message: 'Envelope callback expected something else', code: 13 },
  { type: undefined, message: 'it says no more', code: 2 },
];
const logTo = (lines: string[]) => {
  const note = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`);
  return { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
};

test.each(failures)(
  'an unknown error fails the append at once and is passed on: $message',
  async (failure) => {
    const lines: string[] = [];
    const { fake, store } = await fakeAndStore({}, { log: logTo(lines) });
    fake.failAppends(failure);
    for (const expected of ['any', 'no_stream', 'any'] as const) {
      const failed = store.append('a-1', expected, events(1));
      await expect(failed).rejects.toThrow(EventStoreFailed);
      await expect(failed).rejects.toThrow(failure.type ?? `code ${failure.code}`);
      await expect(failed).rejects.toThrow(`(${failure.message})`);
      await expect(failed).rejects.toMatchObject({ retryable: false });
    }
    await store.ping();
    expect(lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([]);
    const refused = openEventStore(fake.url, { largestEvent: { bytes: 1_000, setting: 'SIZE' } });
    await expect(refused).rejects.toThrow(EventStoreFailed);
    fake.failAppends(undefined);
    expect(await store.append('a-1', 'no_stream', events(1))).toMatchObject({ ok: true, revision: 0 });
  },
);

test.each([
  { type: 'google.protobuf.Empty', message: 'Server Is Not Ready', code: 0 },
  { type: 'google.protobuf.Empty', message: 'Server Is Busy', code: 0 },
  { type: 'event_store.client.Timeout', message: 'Timeout', code: 4 },
  { type: 'event_store.client.Unknown', message: 'Unknown', code: 2 },
])('an append is retried when the server says "$message"', async (failure) => {
  const { fake, store } = await fakeAndStore();
  fake.failAppends(failure);
  const append = store.append('a-1', 'no_stream', events(1));
  await store.ping();
  fake.failAppends(undefined);
  expect(await append).toMatchObject({ ok: true, revision: 0 });
});

test('an append that was retried until its deadline fails with the message of the server', async () => {
  const { fake, store } = await fakeAndStore();
  fake.failAppends({ type: 'google.protobuf.Empty', message: 'Server Is Busy', code: 0 });
  await expect(store.append('a-1', 'any', events(1))).rejects.toThrow(
    /in time; before that: .*Server Is Busy/,
  );
}, 60_000);

test('reads, subscriptions and repeatable appends survive a change of leader', async () => {
  const { fake, store } = await fakeAndStore({ nodes: 3 });
  const next = following(store, { from: 'start' });
  await next(caughtUp);
  const ids: string[] = [];
  for (const change of [() => fake.moveLeader(), () => fake.killLeader(), () => fake.moveLeader()]) {
    await change();
    for (let revision = ids.length - 1, end = ids.length + 3; ids.length < end; revision += 1) {
      const one = event();
      const result = await store.append('a-1', revision < 0 ? 'no_stream' : revision, [one]);
      expect(result).toMatchObject({ ok: true, revision: revision + 1 });
      ids.push(one.id);
    }
    expect((await Array.fromAsync(store.readStream('a-1'))).map(({ id }) => id)).toEqual(ids);
  }
  let missing = ids.length;
  expect(await next(({ kind }) => kind === 'event' && --missing === 0)).toEqual(ids);
});

test('a server that does not answer is unavailable within seconds, and the outcome of a sent append is unknown', async () => {
  const { fake, store } = await fakeAndStore();
  await store.append('a-1', 'any', events(1));
  fake.stall();
  const [append, ping] = await Promise.allSettled([store.append('a-1', 'any', events(1)), store.ping()]);
  expect(append).toMatchObject({ reason: { name: 'EventStoreUnavailable', outcomeUnknown: true } });
  expect(ping).toMatchObject({ reason: { name: 'EventStoreUnavailable' } });
  fake.resume();
  await store.ping();
});

test('a checkpoint whose event was scavenged is still valid', async () => {
  const { fake, store } = await fakeAndStore();
  await store.append('gone-1', 'any', events(3));
  const checkpoint = await store.head();
  await store.append('kept-1', 'any', events(1));
  await store.tombstone('gone-1');
  fake.scavenge();
  expect(fake.events().some(({ position }) => position === checkpoint?.position)).toBe(false);
  const next = following(store, { from: checkpoint ?? 'start' });
  expect(await next(caughtUp)).toHaveLength(1);
});

test('the replacement of a log is detected by an active reader', async () => {
  const { fake, store } = await fakeAndStore();
  await store.append('a-1', 'any', events(3));
  const next = following(store, { from: 'start' });
  await next(caughtUp);
  await fake.replaceLog();
  await expect(next(() => false)).rejects.toThrow(CheckpointNotInLog);
});

test("system events, links and the adapter's own events never reach a consumer", async () => {
  const { store } = await fakeAndStore({ linksCategories: true });
  const [one] = events(1);
  await store.append('a-1', 'any', one ? [one] : []);
  await store.setStreamMetadata('a-1', { maxCount: 5 });
  await store.tombstone('b-1');
  const all = await Array.fromAsync(store.readAll());
  expect(all.map(({ id }) => id)).toEqual([one?.id]);
  expect(
    await Array.fromAsync(store.readAll({ filter: { types: ['LogIncarnationChosen', '$metadata'] } })),
  ).toEqual([]);
  expect(
    await Array.fromAsync(store.readAll({ filter: { streamPrefixes: ['', '$', 'log_'] } })),
  ).toHaveLength(1);
});

test('events hidden since the last read are not shown, among thousands of streams and whichever client hid them', async () => {
  const { fake, store } = await fakeAndStore();
  const other = await open(fake.url);
  const streams = Array.from({ length: 3_000 }, (_, number) => `many-${number}`);
  for (let first = 0; first < streams.length; first += 200) {
    const some = streams.slice(first, first + 200);
    await Promise.all(some.map((stream) => store.append(stream, 'any', events(1))));
  }
  const shown = async () => (await Array.fromAsync(store.readAll())).map(({ stream }) => stream);
  expect(await shown()).toHaveLength(3_000);
  await other.tombstone('many-7');
  await other.setStreamMetadata('many-2999', { truncateBefore: 1 });
  const left = await shown();
  expect(left).toHaveLength(2_998);
  expect(left).not.toContain('many-7');
  expect(left).not.toContain('many-2999');
});

test('reconnects are counted', async () => {
  const counted = new Map<string, number>();
  const meter: Meter = Object.assign(createNoopMeter(), {
    createCounter: (name: string) => ({
      add: (value: number, attributes: object = {}) => {
        const key = [name, ...Object.values(attributes)].join(' ');
        counted.set(key, (counted.get(key) ?? 0) + value);
      },
    }),
  });
  const { fake, store } = await fakeAndStore({}, { meter });
  await store.append('a-1', 'no_stream', events(1));
  await fake.restart();
  await store.append('a-1', 0, events(1));
  expect(Object.fromEntries(counted)).toMatchObject({
    'mission_control.event_store.reconnects': 1,
  });
});
