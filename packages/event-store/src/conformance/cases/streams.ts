import assert from 'node:assert/strict';
import { casesOf } from '../case.ts';

const nested = (depth: number): unknown => {
  let value: unknown = 0;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
};

export const streams = casesOf('Streams', [
  {
    name: 'revisions are 0, 1, 2, … without gaps across several appends',
    run: async (c) => {
      const stream = c.stream();
      await c.given(stream, c.events(1));
      await c.given(stream, c.events(3));
      await c.given(stream, c.events(2));
      const read = await Array.fromAsync(c.store.readStream(stream));
      assert.deepEqual(
        read.map(({ revision }) => revision),
        [0, 1, 2, 3, 4, 5],
      );
    },
  },
  {
    name: 'a stream exists once it has its first event',
    run: async (c) => {
      const stream = c.stream();
      assert.deepEqual(await c.store.append(stream, 0, c.events(1)), {
        ok: false,
        reason: 'wrong_expected_revision',
        actual: 'no_stream',
      });
      const { revision } = await c.given(stream, c.events(1), 'no_stream');
      assert.equal(revision, 0);
    },
  },
  {
    name: 'an event is returned as it was appended, with its stream, revision, position and time',
    run: async (c) => {
      const stream = c.stream();
      const event = {
        ...c.event('ConformanceKept', { a: [1, null, 'ü'] }),
        metadata: { actor: { kind: 'system' } },
      };
      const before = Date.now();
      const { position } = await c.given(stream, [event]);
      const read = await c.store.readEvent(stream, 0);
      assert.ok(read !== 'gone');
      const { recordedAt, ...rest } = read;
      assert.deepEqual(rest, { ...event, stream, revision: 0, position });
      assert.match(recordedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
      // The server's clock may differ from this process's clock.
      assert.ok(Math.abs(Date.parse(recordedAt) - before) < 300_000);
    },
  },
  {
    name: 'names, ids and contents that no store can hold throw a TypeError',
    run: async (c) => {
      const stream = c.stream();
      for (const name of ['', '$system', 'a\0b', '\ud800', 'x'.repeat(501)]) {
        await assert.rejects(c.store.append(name, 'any', c.events(1)), TypeError);
        await assert.rejects(c.store.append(stream, 'any', c.events(1, name)), TypeError);
      }
      await assert.rejects(c.store.append('a:b', 'any', c.events(1)), TypeError);
      await assert.rejects(c.store.append(stream, 'any', [{ ...c.event(), id: 'no uuid' }]), TypeError);
      await assert.rejects(c.store.append(stream, 'any', [{ ...c.event(), data: undefined }]), TypeError);
      await assert.rejects(c.store.append(stream, 'any', [{ ...c.event(), metadata: () => 1 }]), TypeError);
      const circular: unknown[] = [];
      circular.push(circular);
      for (const data of [circular, 1n, nested(20_000)]) {
        await assert.rejects(c.store.append(stream, 'any', [{ ...c.event(), data }]), TypeError);
      }
      await assert.rejects(c.store.append(stream, -1, c.events(1)), TypeError);
      assert.deepEqual(await Array.fromAsync(c.store.readStream(stream)), []);
    },
  },
  {
    name: 'names of the maximum length are preserved, including non-ASCII characters',
    run: async (c) => {
      const prefix = c.installation === '' ? '' : `${c.installation}:`;
      const stream = c.stream('').padEnd(500 - prefix.length, '界');
      const type = 'Ünïcode'.padEnd(500, '%_\\');
      await c.given(stream, c.events(1, type));
      const found = await Array.fromAsync(c.readAll({ filter: { streamPrefixes: [stream], types: [type] } }));
      assert.deepEqual(
        found.map((event) => [event.stream, event.type]),
        [[stream, type]],
      );
      await c.store.tombstone(stream);
    },
  },
]);
