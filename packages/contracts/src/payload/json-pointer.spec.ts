import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokensOf, valueAt } from './json-pointer.ts';

const at = (document: unknown, pointer: string) => valueAt(document, tokensOf(pointer) ?? ['no pointer']);

// RFC 6901, 5.
const document = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

describe('a JSON pointer', () => {
  it.each([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])('%s finds the value given in the RFC', (pointer, value) => {
    expect(at(document, pointer)).toEqual(value);
  });

  it.each(['foo', '/a~', '/a~2', '#/foo'])('%s is not a JSON pointer', (pointer) => {
    expect(tokensOf(pointer)).toBeNull();
  });

  it.each([
    '/toString',
    '/__proto__',
    '/constructor/name',
    '/foo/length',
    '/foo/-',
    '/foo/00',
    '/foo/+0',
    '/foo/2',
    '/foo/0/0',
    '/foo/0/length',
  ])('%s finds nothing', (pointer) => {
    expect(at(document, pointer)).toBeUndefined();
  });

  it('finds a member with the name of a built-in JavaScript property', () => {
    const own = JSON.parse('{"__proto__":{"id":"a"},"toString":"b","length":"c"}');
    expect(at(own, '/__proto__/id')).toBe('a');
    expect(at(own, '/toString')).toBe('b');
    expect(at(own, '/length')).toBe('c');
  });

  it('unescapes ~01 to ~1, not to /', () => {
    expect(at({ '~1': 'right', '/': 'wrong' }, '/~01')).toBe('right');
  });

  it('finds every value of any document by its path', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json: unknown = JSON.parse(JSON.stringify(value));
        for (const [pointer, found] of walk(json, '')) expect(at(json, pointer)).toBe(found);
      }),
    );
  });
});

/** Every value of the document, with its pointer. */
function* walk(value: unknown, pointer: string): Generator<[string, unknown]> {
  yield [pointer, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    yield* walk(member, `${pointer}/${name.replace(/~/g, '~0').replace(/\//g, '~1')}`);
  }
}
