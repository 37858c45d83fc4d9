import assert from 'node:assert/strict';
import { casesOf } from '../case.ts';

export const repeats = casesOf('Repeats', [
  {
    name: 'a repeat with the same exact revision returns the same result as the first time and stores nothing',
    run: async (c) => {
      const stream = c.stream();
      await c.given(stream, c.events(2));
      const one = c.events(1);
      const three = c.events(3);
      const answers = [await c.given(stream, one, 1), await c.given(stream, three, 2)];
      await c.given(stream, c.events(2));
      assert.deepEqual(
        [await c.store.append(stream, 1, one), await c.store.append(stream, 2, three)],
        answers,
      );
      assert.equal((await c.logged()).length, 8);
    },
  },
  {
    name: 'a repeat with no_stream returns the same result as the first time and stores nothing',
    run: async (c) => {
      const stream = c.stream();
      const events = c.events(2);
      const answer = await c.given(stream, events, 'no_stream');
      assert.deepEqual(await c.store.append(stream, 'no_stream', events), answer);
      await c.given(stream, c.events(1));
      assert.deepEqual(await c.store.append(stream, 'no_stream', events), answer);
      assert.equal((await c.logged()).length, 3);
    },
  },
  {
    name: 'repeats that are concurrent with the first append store nothing',
    run: async (c) => {
      const stream = c.stream();
      const events = c.events(2);
      const stores = [c.store, await c.open()];
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, number) => stores[number % 2]?.append(stream, 'no_stream', events)),
      );
      assert.ok(results.every((result) => result?.ok && result.revision === 1));
      assert.equal((await c.logged()).length, 2);
    },
  },
  {
    name: 'different events with an outdated revision are a conflict, even when some are the same',
    run: async (c) => {
      const stream = c.stream();
      const events = c.events(2);
      const [first, second] = events;
      assert.ok(first && second);
      await c.given(stream, events, 'no_stream');
      for (const [expected, others] of [
        ['no_stream', [second, first]],
        ['no_stream', [first, c.event()]],
        ['no_stream', [...events, c.event()]],
        [0, [first]],
        [0, c.events(1)],
      ] as const) {
        const result = await c.store.append(stream, expected, others);
        assert.deepEqual(result, { ok: false, reason: 'wrong_expected_revision', actual: 1 });
      }
      assert.equal((await c.logged()).length, 2);
    },
  },
  {
    name: 'a repeat after a restart of the store stores nothing',
    needs: 'restart',
    run: async (c) => {
      const fresh = c.stream('fresh');
      const grown = c.stream('grown');
      const events = c.events(2);
      const more = c.events(2);
      const answers = [
        await c.given(fresh, events, 'no_stream'),
        await c.given(grown, events),
        await c.given(grown, more, 1),
      ];
      await c.features.restart?.();
      const store = await c.open();
      assert.deepEqual(await store.append(fresh, 'no_stream', events), answers[0]);
      assert.deepEqual(await store.append(grown, 1, more), answers[2]);
      assert.equal((await c.logged()).length, 6);
    },
  },
  {
    name: 'a repeat with any may be stored again, under the same event ids',
    run: async (c) => {
      const stream = c.stream();
      const events = c.events(2);
      await c.given(stream, events);
      const { revision } = await c.given(stream, events);
      const ids = (await c.logged()).map(({ id }) => id);
      const once = events.map(({ id }) => id);
      assert.deepEqual(ids, revision === 1 ? once : [...once, ...once]);
    },
  },
]);
