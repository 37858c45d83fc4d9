import assert from 'node:assert/strict';
import { PositionNotInLog } from '../../errors.ts';
import type { RecordedText } from '../../port.ts';
import { casesOf } from '../case.ts';
import { settled } from '../waiting.ts';

const mebibyte = 1024 * 1024;

const firstOf = async <T>(items: AsyncIterable<T>): Promise<T | undefined> => {
  for await (const item of items) return item;
  return undefined;
};

async function* textsOf(pages: AsyncIterable<readonly RecordedText[]>): AsyncGenerator<RecordedText, void> {
  for await (const page of pages) yield* page;
}

export const reading = casesOf('Reading', [
  {
    name: 'an absent stream reads as empty',
    run: async (c) => {
      const stream = c.stream();
      for (const direction of ['forwards', 'backwards'] as const) {
        assert.deepEqual(await Array.fromAsync(c.store.readStream(stream, { direction })), []);
        assert.deepEqual(await Array.fromAsync(c.store.readStream(stream, { direction, from: 5 })), []);
      }
      assert.equal(await c.store.readEvent(stream, 0), 'gone');
    },
  },
  {
    name: 'readEvent returns exactly the requested revision or gone, never a neighbour',
    run: async (c) => {
      const stream = c.stream();
      await c.given(stream, c.events(4));
      await c.store.setStreamMetadata(stream, { truncateBefore: 2 });
      const answers = await Promise.all(
        [0, 1, 2, 3, 4, 100].map((revision) => c.store.readEvent(stream, revision)),
      );
      assert.deepEqual(
        answers.map((event) => (event === 'gone' ? event : event.revision)),
        ['gone', 'gone', 2, 3, 'gone', 'gone'],
      );
    },
  },
  {
    name: 'a stream can be read in both directions, from any revision, up to a limit, over many pages',
    run: async (c) => {
      const stream = c.stream();
      const last = 1_499;
      for (let written = 0; written <= last; written += 500) await c.given(stream, c.events(500));
      const all = Array.from({ length: last + 1 }, (_, revision) => revision);
      for (const [options, expected] of [
        [{}, all],
        [{ direction: 'backwards' }, all.toReversed()],
        [{ from: 700 }, all.slice(700)],
        [{ from: 700, limit: 600 }, all.slice(700, 1300)],
        [{ from: 700, direction: 'backwards' }, all.slice(0, 701).toReversed()],
        [{ from: 5_000 }, []],
        [{ from: 5_000, direction: 'backwards', limit: 2 }, [last, last - 1]],
        [{ from: 0, direction: 'backwards' }, [0]],
        [{ limit: 0 }, []],
        [{ limit: 1 }, [0]],
      ] as const) {
        const read = await Array.fromAsync(c.store.readStream(stream, options));
        assert.deepEqual(
          read.map(({ revision }) => revision),
          expected,
          JSON.stringify(options),
        );
      }
    },
  },
  {
    name: 'the whole log can be read in both directions, from any position, up to a limit, over many pages',
    run: async (c) => {
      const streams = [c.stream('one'), c.stream('two')];
      for (let round = 0; round < 6; round += 1) await c.given(streams[round % 2] ?? '', c.events(250));
      const filter = { streamPrefixes: [c.prefix] };
      const from = c.beginPosition;
      const all = await c.logged();
      assert.equal(all.length, 1_500);
      const position = all[699]?.position ?? 0n;
      const ids = all.map(({ id }) => id);
      for (const [options, expected] of [
        [{ direction: 'backwards', limit: 1_500 }, ids.toReversed()],
        [{ from }, ids],
        [{ from, limit: 900 }, ids.slice(0, 900)],
        [{ from: 'end' }, []],
        [{ from: 'end', direction: 'backwards', limit: 3 }, ids.slice(-3).toReversed()],
        [{ from: 'start', direction: 'backwards' }, []],
        [{ from: position }, ids.slice(700)],
        [{ from: position, limit: 600 }, ids.slice(700, 1300)],
        [{ from: position, direction: 'backwards', limit: 699 }, ids.slice(0, 699).toReversed()],
        [{ limit: 0 }, []],
      ] as const) {
        const read = await Array.fromAsync(c.store.readAll({ ...options, filter }));
        assert.deepEqual(
          read.map(({ id }) => id),
          expected,
          JSON.stringify({ ...options, from: String('from' in options ? options.from : '') }),
        );
      }
    },
  },
  {
    name: 'a read of the log from a position that no event has yields the events after it, or throws PositionNotInLog',
    run: async (c) => {
      const stream = c.stream();
      await c.given(stream, c.events(1));
      await c.given(stream, c.events(1));
      const [first, second] = await Array.fromAsync(c.store.readStream(stream));
      assert.ok(first && second);
      // Where positions count bytes, no event begins there.
      const from = second.position - 1n;
      const reads = [c.store.readAll({ from, limit: 1 }), textsOf(c.store.readTexts(from))];
      for (const read of reads) {
        const found = await firstOf(read).catch((error: unknown) => error);
        if (from !== first.position && found instanceof PositionNotInLog) continue;
        assert.equal((found as { id?: string }).id, second.id);
      }
      const next = await firstOf(c.store.readAll({ from: first.position, limit: 1 }));
      assert.equal(next?.id, second.id, 'the store reads on as before');
    },
  },
  {
    name: 'start is the beginning of the log, for reads and subscriptions',
    run: async (c) => {
      await c.given(c.stream(), c.events(3));
      const wanted = 2;
      const first = await Array.fromAsync(c.store.readAll({ from: 'start', limit: wanted }));
      assert.equal(first.length, wanted);
      const [oldest] = first;
      assert.ok(oldest);
      const before = c.store.readAll({ from: oldest.position, direction: 'backwards' });
      assert.deepEqual(await Array.fromAsync(before), []);
      const follower = c.follow({ from: 'start', filter: {} });
      assert.deepEqual(await follower.untilEvents(wanted), first);
    },
  },
  {
    name: 'an event passes a filter when its stream begins with one of the prefixes and its type is one of the types',
    run: async (c) => {
      const [a, b, d] = [c.stream('a-1'), c.stream('a%_2'), c.stream('b')];
      const [one, two] = [`One${c.prefix}`, `Two${c.prefix}`];
      await c.given(a, [c.event(one), c.event(two)]);
      await c.given(b, [c.event(one), c.event(two)]);
      await c.given(d, [c.event(one), c.event(`Other${c.prefix}`)]);
      const whole = c.prefix.replace('-', '');
      for (const [filter, expected] of [
        [{ types: [one] }, [`${a} 0`, `${b} 0`, `${d} 0`]],
        [
          { types: [one, two], streamPrefixes: [c.prefix] },
          [`${a} 0`, `${a} 1`, `${b} 0`, `${b} 1`, `${d} 0`],
        ],
        [{ types: [two], streamPrefixes: [d, a] }, [`${a} 1`]],
        [{ streamPrefixes: [`${c.prefix}a`] }, [`${a} 0`, `${a} 1`, `${b} 0`, `${b} 1`]],
        [{ streamPrefixes: [`${c.prefix}a%`] }, [`${b} 0`, `${b} 1`]],
        [{ streamPrefixes: [`${c.prefix}a_`] }, []],
        [{ streamPrefixes: [whole], types: [two] }, [`${a} 1`, `${b} 1`]],
        [{ streamPrefixes: [''], types: [two] }, [`${a} 1`, `${b} 1`]],
        [{ streamPrefixes: [d, `${c.prefix}b`, d] }, [`${d} 0`, `${d} 1`]],
        [{ streamPrefixes: [], types: [one] }, []],
        [{ types: [] }, []],
        [{ types: [one.toLowerCase()] }, []],
      ] as const) {
        const read = await Array.fromAsync(c.readAll({ filter }));
        assert.deepEqual(
          read.map(({ stream, revision }) => `${stream} ${revision}`),
          expected,
          JSON.stringify(filter),
        );
        // Without the limit, the store would look for more in the rest of the log.
        const limit = expected.length;
        const backwards = c.store.readAll({ filter, direction: 'backwards', limit });
        assert.deepEqual(await Array.fromAsync(backwards), read.toReversed());
        const follower = c.follow({ filter });
        await follower.caughtUp();
        assert.deepEqual(follower.events, read);
      }
    },
  },
  {
    name: 'pages are fetched as they are consumed',
    needs: 'plainTcp',
    run: async (c) => {
      const stream = c.stream();
      const proxy = await c.proxy();
      const store = await c.open(proxy.url);
      const body = 'x'.repeat(mebibyte);
      for (let number = 0; number < 32; number += 1) await c.given(stream, [c.event('ConformanceRun', body)]);
      for (const events of [store.readStream(stream), c.readAll({}, store)]) {
        const before = proxy.received;
        let read = 0;
        for await (const event of events) {
          assert.equal(event.data, body);
          read += 1;
          if (read > 1) continue;
          const ahead = (await settled('what is read ahead', () => proxy.received)) - before;
          assert.ok(ahead < 12 * mebibyte, `${ahead} bytes were fetched for one event`);
        }
        assert.equal(read, 32);
      }
    },
  },
  {
    name: 'leaving the loop releases the resources it holds',
    run: async (c) => {
      const stream = c.stream();
      await c.given(stream, c.events(600));
      for (let round = 0; round < 30; round += 1) {
        for await (const event of c.store.readStream(stream)) if (event.revision === round) break;
        for await (const event of c.readAll()) if (event.revision === round) break;
        const filter = { streamPrefixes: [c.prefix] };
        for await (const { kind } of c.store.subscribeToAll({ from: c.begin, filter })) {
          if (kind === 'event') break;
        }
      }
      assert.equal((await Array.fromAsync(c.store.readStream(stream))).length, 600);
    },
  },
]);
