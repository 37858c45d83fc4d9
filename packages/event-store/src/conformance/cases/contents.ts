import assert from 'node:assert/strict';
import { casesOf } from '../case.ts';

const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** Texts that databases and encodings trip over. */
const texts: Readonly<Record<string, string>> = {
  'the character NUL': 'a\u0000b',
  'the text of an escape': 'a\\u0000b \\ud800',
  'lone surrogates': '\ud800 \udfff x\udc00',
  'characters beyond the basic plane': '𝕏 👩‍👩‍👧 \u{10ffff}',
  'control and bidi characters': `${Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('')}\u202e\u2028\ufeff\u007f`,
  'JSON nested 100,000 deep, as text': deep(100_000),
  'quotes, backslashes and braces': '{"\\"}\',\\\\{,}"NULL" $1 %s',
  'the empty string': '',
};

export const contents = casesOf('Contents', [
  ...Object.entries(texts).map(
    ([name, text]) =>
      ({
        name: `data and metadata preserve ${name}`,
        run: async (c) => {
          const stream = c.stream();
          const event = {
            ...c.event(),
            data: { text, [`key ${text.slice(0, 50)}`]: [text] },
            metadata: { text },
          };
          await c.given(stream, [event]);
          await Promise.all([
            c.given(stream, [{ ...event, id: c.event().id }]),
            c.given(stream, c.events(2)),
          ]);
          for (const revision of [0, 1]) {
            const read = await c.store.readEvent(stream, revision);
            assert.ok(read !== 'gone');
            assert.deepEqual(
              { data: read.data, metadata: read.metadata },
              { data: event.data, metadata: event.metadata },
            );
          }
        },
      }) satisfies Parameters<typeof casesOf>[1][number],
  ),
  {
    name: 'every kind of JSON value is preserved',
    run: async (c) => {
      const values = [
        null,
        true,
        0,
        -0.1,
        1e300,
        Number.MAX_SAFE_INTEGER,
        'text',
        [],
        {},
        [[null]],
        { '': 1, __proto__x: 2 },
      ];
      const stream = c.stream();
      await c.given(
        stream,
        values.map((value) => ({ ...c.event('ConformanceRun', value), metadata: value })),
      );
      const read = await Array.fromAsync(c.store.readStream(stream));
      assert.deepEqual(
        read.map(({ data }) => data),
        values,
      );
      assert.deepEqual(
        read.map(({ metadata }) => metadata),
        values,
      );
    },
  },
  {
    name: 'changes that the caller makes after the call have no effect',
    run: async (c) => {
      const stream = c.stream();
      const data = { number: 1 };
      const appended = c.store.append(stream, 'any', [c.event('ConformanceRun', data)]);
      data.number = 2;
      await appended;
      const read = await c.store.readEvent(stream, 0);
      assert.ok(read !== 'gone');
      assert.deepEqual(read.data, { number: 1 });
    },
  },
  {
    name: 'every reader returns bodies of 1 MiB',
    run: async (c) => {
      const stream = c.stream();
      const bodies = ['a', '"', 'ü'].map((character) =>
        character.repeat((1024 * 1024) / Buffer.byteLength(character)),
      );
      await Promise.all(bodies.map((body) => c.given(stream, [c.event('ConformanceRun', { body })])));
      const wanted = new Set(bodies);
      const follower = c.follow();
      for (const read of [
        await Array.fromAsync(c.store.readStream(stream)),
        await Array.fromAsync(c.store.readStream(stream, { direction: 'backwards' })),
        await c.logged(),
        await follower.untilEvents(3),
      ]) {
        assert.ok(
          new Set(read.map(({ data }) => (data as { body: string }).body)).symmetricDifference(wanted)
            .size === 0,
        );
      }
    },
  },
]);
