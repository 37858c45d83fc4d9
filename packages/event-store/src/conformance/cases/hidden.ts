import assert from 'node:assert/strict';
import type { EventStore, StreamMetadata } from '../../port.ts';
import { type ConformanceCase, casesOf } from '../case.ts';
import type { Conformance } from '../conformance.ts';
import { eventually } from '../waiting.ts';

/**
 * Events that every case here begins with. A backwards read ends at them: beyond the last event of a stream, the store would look for more
 * in the rest of the log.
 */
const fence = 32;

const fenceOf = (c: Conformance): string => c.stream('fence');

/** Asserts that every reader shows exactly these revisions out of the stream's `outOf` events. */
const shows = async (
  c: Conformance,
  stream: string,
  revisions: readonly number[],
  outOf: number,
  store = c.store,
): Promise<void> => {
  const backwards = revisions.toReversed();
  const filter = { streamPrefixes: [stream] };
  const fenced = { streamPrefixes: [stream, fenceOf(c)] };
  const numbers = async (events: AsyncIterable<{ revision: number }>): Promise<number[]> =>
    (await Array.fromAsync(events)).map(({ revision }) => revision);
  assert.deepEqual(await numbers(store.readStream(stream)), revisions, 'by stream');
  assert.deepEqual(
    await numbers(store.readStream(stream, { direction: 'backwards' })),
    backwards,
    'by stream, backwards',
  );
  const last = backwards.slice(0, 1);
  assert.deepEqual(
    await numbers(store.readStream(stream, { direction: 'backwards', limit: 1 })),
    last,
    'the last one',
  );
  assert.deepEqual(
    await numbers(store.readStream(stream, { limit: 1 })),
    revisions.slice(0, 1),
    'the first one',
  );
  const single = Array.from({ length: outOf }, async (_, revision) => {
    const event = await store.readEvent(stream, revision);
    return event === 'gone' ? [] : [event.revision];
  });
  assert.deepEqual((await Promise.all(single)).flat(), revisions, 'singly');
  assert.deepEqual(await numbers(c.readAll({ filter }, store)), revisions, 'in the whole log');
  assert.deepEqual(
    await numbers(store.readAll({ filter: fenced, direction: 'backwards', limit: revisions.length + fence })),
    [...backwards, ...Array.from({ length: fence }, (_, index) => fence - 1 - index)],
    'in the whole log, backwards',
  );
  const follower = c.follow({ filter }, store);
  await follower.caughtUp();
  assert.deepEqual(
    follower.events.map(({ revision }) => revision),
    revisions,
    'in a subscription',
  );
  await follower.end();
};

const hides = (name: string, metadata: StreamMetadata, shown: readonly number[]) => ({
  name: `${name} are hidden from every reader immediately`,
  run: async (c: Conformance) => {
    const stream = c.stream('hidden');
    const beside = c.stream('beside');
    const other: EventStore = await c.open();
    await c.given(stream, c.events(3));
    await c.given(beside, c.events(2));
    await c.given(stream, c.events(3));
    await shows(c, stream, [0, 1, 2, 3, 4, 5], 6);
    await c.store.setStreamMetadata(stream, metadata);
    await Promise.all([shows(c, stream, shown, 6), shows(c, stream, shown, 6, other)]);
    await shows(c, beside, [0, 1], 2);
    // Revisions continue where they were.
    const { revision, position } = await c.given(stream, c.events(1), 5);
    assert.equal(revision, 6);
    assert.ok((await c.logged()).every((event) => event.id === c.prefix || event.position <= position));
  },
});

const behindFence = (one: Omit<ConformanceCase, 'paragraph'>): Omit<ConformanceCase, 'paragraph'> => ({
  ...one,
  run: async (c) => {
    await c.given(fenceOf(c), c.events(fence));
    await one.run(c);
  },
});

const cases: Omit<ConformanceCase, 'paragraph'>[] = [
  hides('events before truncateBefore', { truncateBefore: 4 }, [4, 5]),
  hides('all events when truncateBefore is beyond the last one', { truncateBefore: 6 }, []),
  hides('events beyond maxCount', { maxCount: 2 }, [4, 5]),
  hides('events before truncateBefore and beyond maxCount', { truncateBefore: 1, maxCount: 3 }, [3, 4, 5]),
  {
    name: 'with maxCount, a new event hides the oldest visible one',
    run: async (c) => {
      const stream = c.stream();
      await c.store.setStreamMetadata(stream, { maxCount: 2 });
      await c.given(stream, c.events(2));
      await shows(c, stream, [0, 1], 2);
      await c.given(stream, c.events(3));
      await shows(c, stream, [3, 4], 5);
    },
  },
  {
    name: 'events older than maxAgeSeconds are hidden from every reader',
    run: async (c) => {
      for (let maxAgeSeconds = 1, isInTime = false; !isInTime; maxAgeSeconds *= 2) {
        const stream = c.stream(`hidden_${maxAgeSeconds}`);
        await c.given(stream, c.events(2));
        await c.store.setStreamMetadata(stream, { maxAgeSeconds });
        await eventually(
          'the events grow too old',
          async () => (await c.store.readEvent(stream, 1)) === 'gone',
        );
        await shows(c, stream, [], 2);
        const began = performance.now();
        await c.given(stream, c.events(1));
        const [shown] = await Promise.allSettled([shows(c, stream, [2], 3)]);
        // If the new event could have expired during the reads, they prove nothing. On a slow machine, it needs more time.
        isInTime = performance.now() - began < maxAgeSeconds * 1_000;
        if (isInTime && shown.status === 'rejected') throw shown.reason;
      }
    },
  },
  {
    name: 'all events of a tombstoned stream are hidden from every reader immediately',
    run: async (c) => {
      const stream = c.stream('hidden');
      const beside = c.stream('beside');
      await c.given(stream, c.events(4));
      await c.given(beside, c.events(1));
      const other = await c.open();
      await c.store.tombstone(stream);
      await Promise.all([shows(c, stream, [], 4), shows(c, stream, [], 4, other), shows(c, beside, [0], 1)]);
    },
  },
  {
    name: 'a stream is tombstoned whatever its name, and does not disturb readers of the others',
    run: async (c) => {
      for (const name of ['späte 界', 'tab\tand\nline', '{"a.*"} [1] (?)', "''\\"]) {
        const [stream, beside] = [c.stream(name), c.stream('beside')];
        const other = await c.open();
        const events = c.events(2);
        await c.given(stream, events, 'no_stream');
        const { revision } = await c.given(beside, c.events(1));
        const follower = c.follow({}, other);
        await follower.caughtUp();
        await c.store.tombstone(stream);
        await c.store.tombstone(stream);
        const refused = { ok: false, reason: 'stream_deleted' };
        for (const expected of ['any', 'no_stream', 1] as const) {
          assert.deepEqual(await c.store.append(stream, expected, events), refused);
        }
        await c.store.setStreamMetadata(stream, { maxCount: 1 });
        const others = Array.from({ length: revision + 1 }, (_, number) => number);
        for (const store of [c.store, other]) {
          await shows(c, stream, [], 2, store);
          await shows(c, beside, others, revision + 1, store);
        }
        assert.equal((await c.logged()).filter((event) => event.stream === beside).length, revision + 1);
        await c.given(beside, c.events(1));
        await follower.until(
          (message) => message.kind === 'event' && message.event.revision === revision + 1,
        );
      }
    },
  },
  {
    name: 'a tombstoned stream accepts no further append, whatever revision is expected, not even a repeat',
    run: async (c) => {
      const stream = c.stream();
      const events = c.events(2);
      await c.given(stream, events, 'no_stream');
      await c.store.tombstone(stream);
      const refused = { ok: false, reason: 'stream_deleted' };
      for (const expected of ['any', 'no_stream', 0, 1] as const) {
        assert.deepEqual(await c.store.append(stream, expected, c.events(1)), refused);
      }
      assert.deepEqual(await c.store.append(stream, 'no_stream', events), refused);
      const atOnce = await Promise.all([
        c.store.append(stream, 'any', c.events(1)),
        c.store.append(c.stream('other'), 'any', c.events(1)),
        c.store.append(stream, 'any', c.events(2)),
      ]);
      assert.deepEqual(
        atOnce.map(({ ok }) => ok),
        [false, true, false],
      );
      await shows(c, stream, [], 4);
    },
  },
  {
    name: 'tombstoning an absent or tombstoned stream succeeds',
    run: async (c) => {
      const stream = c.stream();
      await c.store.tombstone(stream);
      await c.store.tombstone(stream);
      assert.deepEqual(await c.store.append(stream, 'no_stream', c.events(1)), {
        ok: false,
        reason: 'stream_deleted',
      });
      await shows(c, stream, [], 1);
    },
  },
  {
    name: 'no append in progress is stored after a tombstone',
    run: async (c) => {
      const stream = c.stream();
      const other = await c.open();
      let refused = 0;
      const write = async (store: EventStore): Promise<void> => {
        while ((await store.append(stream, 'any', c.events(1))).ok);
        refused += 1;
      };
      const writers = Array.from({ length: 8 }, (_, number) =>
        c.beside(write(number % 2 === 0 ? c.store : other)),
      );
      await eventually(
        'there is something to hide',
        async () => (await c.store.readEvent(stream, 20)) !== 'gone',
      );
      await c.store.tombstone(stream);
      await Promise.all(writers);
      assert.equal(refused, 8);
      await shows(c, stream, [], 21);
    },
  },
  {
    name: 'setting the metadata of a tombstoned stream has no effect',
    run: async (c) => {
      const stream = c.stream();
      await c.given(stream, c.events(2));
      await c.store.tombstone(stream);
      await c.store.setStreamMetadata(stream, { maxCount: 10 });
      await shows(c, stream, [], 2);
      assert.deepEqual(await c.store.append(stream, 'any', c.events(1)), {
        ok: false,
        reason: 'stream_deleted',
      });
    },
  },
  {
    name: 'metadata can be set before the stream exists and does not create the stream',
    run: async (c) => {
      const stream = c.stream();
      await c.store.setStreamMetadata(stream, { maxCount: 1 });
      const { revision } = await c.given(stream, c.events(2), 'no_stream');
      assert.equal(revision, 1);
      await shows(c, stream, [1], 2);
    },
  },
  {
    name: 'metadata is replaced as a whole',
    run: async (c) => {
      const stream = c.stream();
      await c.store.setStreamMetadata(stream, { maxCount: 1 });
      await c.store.setStreamMetadata(stream, { truncateBefore: 1 });
      await c.given(stream, c.events(4));
      await shows(c, stream, [1, 2, 3], 4);
      await c.store.setStreamMetadata(stream, {});
      await c.given(stream, c.events(1));
      const read = await Array.fromAsync(c.store.readStream(stream, { from: 1 }));
      assert.deepEqual(
        read.map(({ revision }) => revision),
        [1, 2, 3, 4],
      );
    },
  },
  {
    name: 'invalid metadata is a TypeError',
    run: async (c) => {
      const stream = c.stream();
      for (const metadata of [
        { maxCount: 0 },
        { maxCount: 1.5 },
        { maxAgeSeconds: -1 },
        { truncateBefore: Number.NaN },
      ]) {
        await assert.rejects(c.store.setStreamMetadata(stream, metadata), TypeError);
      }
      await assert.rejects(c.store.setStreamMetadata('$all', {}), TypeError);
    },
  },
  {
    name: 'revisions and positions of hidden events are never reused',
    run: async (c) => {
      const stream = c.stream();
      const { position } = await c.given(stream, c.events(3));
      await c.store.setStreamMetadata(stream, { truncateBefore: 3 });
      assert.deepEqual(await c.store.append(stream, 'no_stream', c.events(1)), {
        ok: false,
        reason: 'wrong_expected_revision',
        actual: 2,
      });
      const next = await c.given(stream, c.events(1), 2);
      assert.equal(next.revision, 3);
      assert.ok(next.position > position);
      await shows(c, stream, [3], 4);
    },
  },
];

export const hidden = casesOf('Hidden events', cases.map(behindFence));
