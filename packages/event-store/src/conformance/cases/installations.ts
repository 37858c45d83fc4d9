import assert from 'node:assert/strict';
import type { EventFilter, EventStore, RecordedEvent } from '../../port.ts';
import { casesOf } from '../case.ts';
import type { Conformance } from '../conformance.ts';

/** This installation's store and that of another one on the same log. Their streams have the same names. */
const together = async (c: Conformance): Promise<readonly [EventStore, EventStore]> => [
  c.store,
  await c.open(c.url, { prefix: c.installation === 'neighbour' ? '' : 'neighbour' }),
];

const ids = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

/** Filters that pass the events of type `type` in the case's streams, by stream, by type, by both and by everything. */
const filters = (c: Conformance, type: string): readonly EventFilter[] => [
  { streamPrefixes: [c.prefix] },
  { types: [type] },
  { types: [type], streamPrefixes: [c.prefix] },
  { types: [type], streamPrefixes: [''] },
];

/** Appends three events of each installation, one at a time in turn, to streams of the same name. Returns them as they were appended. */
const appendInTurn = async (
  c: Conformance,
  stores: readonly EventStore[],
  type: string,
): Promise<readonly (readonly string[])[]> => {
  const stream = c.stream();
  const appended = stores.map((): string[] => []);
  for (let turn = 0; turn < 3; turn += 1) {
    for (const [index, store] of stores.entries()) {
      const event = c.event(type);
      const result = await store.append(stream, turn === 0 ? 'no_stream' : turn - 1, [event]);
      assert.ok(result.ok, 'the revisions of the streams are independent');
      appended[index]?.push(event.id);
    }
  }
  return appended;
};

const unusedType = (c: Conformance): string => `Conformance${c.prefix.replaceAll(/\W/g, '')}`;

export const installations = casesOf('Installations', [
  {
    name: 'each sees its own events under its own stream names, in every read',
    run: async (c) => {
      const stores = await together(c);
      const type = unusedType(c);
      const appended = await appendInTurn(c, stores, type);
      const stream = `${c.prefix}stream`;
      for (const [index, store] of stores.entries()) {
        const own = appended[index] ?? [];
        const all = (events: AsyncIterable<RecordedEvent>) => Array.fromAsync(events);
        const inStream = await all(store.readStream(stream));
        assert.deepEqual(ids(inStream), own);
        assert.deepEqual(new Set(inStream.map((event) => event.stream)), new Set([stream]));
        const last = await store.readEvent(stream, 2);
        assert.ok(last !== 'gone');
        assert.deepEqual([last.id, last.stream], [own[2], stream]);
        for (const filter of filters(c, type)) {
          assert.deepEqual(ids(await all(c.readAll({ filter }, store))), own, JSON.stringify(filter));
          const backwards = await all(store.readAll({ filter, direction: 'backwards', limit: 2 }));
          assert.deepEqual(ids(backwards), own.toReversed().slice(0, 2), JSON.stringify(filter));
          assert.deepEqual(new Set(backwards.map((event) => event.stream)), new Set([stream]));
        }
      }
      await stores[1].tombstone(stream);
    },
  },
  {
    name: 'a read without a filter, bounded or not, shows only what is its own',
    run: async (c) => {
      const stores = await together(c);
      const appended = await appendInTurn(c, stores, 'ConformanceRun');
      for (const [index, store] of stores.entries()) {
        const all = await Array.fromAsync(c.readAll({ filter: {} }, store));
        const others = new Set(appended[1 - index]);
        assert.deepEqual(
          all.filter(({ id }) => others.has(id)),
          [],
        );
        const own = new Set(appended[index]);
        assert.deepEqual(
          ids(all).filter((id) => own.has(id)),
          appended[index],
        );
        const some = await Array.fromAsync(c.readAll({ filter: {}, limit: 2 }, store));
        assert.deepEqual(some, all.slice(0, 2));
      }
      await stores[1].tombstone(`${c.prefix}stream`);
    },
  },
  {
    name: 'subscriptions yield only what is their own, and their checkpoints move past the rest',
    run: async (c) => {
      const stores = await together(c);
      const type = unusedType(c);
      const appended = await appendInTurn(c, stores, type);
      const [first = '', ...rest] = appended[0] ?? [];
      for (const filter of [...filters(c, type), {}]) {
        const follower = c.follow({ filter });
        const own = () => ids(follower.events.filter((event) => event.type === type));
        const caughtUp = await follower.caughtUp();
        assert.deepEqual(own(), [first, ...rest], JSON.stringify(filter));
        const head = await c.store.head();
        assert.ok(caughtUp.checkpoint !== null && head !== null);
        const begin = follower.messages.find(
          (message) => message.kind === 'event' && message.event.id === first,
        )?.checkpoint;
        assert.ok(begin);
        const again = c.follow({ from: begin, filter });
        await again.caughtUp();
        assert.deepEqual(ids(again.events.filter((event) => event.type === type)), rest);
        await follower.end();
        await again.end();
      }
      await stores[1].tombstone(`${c.prefix}stream`);
    },
  },
  {
    name: 'an event of another installation moves the head and the checkpoints, and is not shown',
    run: async (c) => {
      const [own, other] = await together(c);
      await c.given(c.stream(), c.events(1));
      const follower = c.follow({ from: 'end', filter: {} }, own);
      await follower.caughtUp();
      const { position } = await other
        .append(c.stream(), 'any', [c.event()])
        .then((result) => (result.ok ? result : assert.fail('the append met a conflict')));
      const behind = await follower.until(
        ({ checkpoint }) => checkpoint !== null && checkpoint.position >= position,
      );
      assert.ok(((await own.head())?.position ?? -1n) >= position);
      assert.equal(
        follower.events.filter((event) => event.position === position).length,
        0,
        'the event was shown',
      );
      const resumed = c.follow({ from: behind.checkpoint ?? 'start', filter: {} }, own);
      await resumed.caughtUp();
      await other.tombstone(`${c.prefix}stream`);
    },
  },
  {
    name: 'metadata and tombstones apply to the own stream of that name only',
    run: async (c) => {
      const stores = await together(c);
      const [own, other] = stores;
      const appended = await appendInTurn(c, stores, 'ConformanceRun');
      const stream = `${c.prefix}stream`;
      await other.setStreamMetadata(stream, { maxCount: 1 });
      assert.deepEqual(ids(await Array.fromAsync(other.readStream(stream))), appended[1]?.slice(2));
      assert.deepEqual(ids(await Array.fromAsync(own.readStream(stream))), appended[0]);
      await other.tombstone(stream);
      assert.deepEqual(await Array.fromAsync(other.readStream(stream)), []);
      assert.deepEqual(ids(await Array.fromAsync(own.readStream(stream))), appended[0]);
      await c.given(stream, c.events(1), 2);
    },
  },
]);
