import { tokensOf, valueAt } from '@mission-control/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { structureOf, type Value } from './structure.ts';
import { wantedOf } from './wanted.ts';

const found = (json: string, ...pointers: string[]) =>
  structureOf(json, wantedOf(pointers)).found.map(({ label, value }) => [
    label,
    json.slice(value.start, value.end),
  ]);
const rootOf = (json: string) => structureOf(json, wantedOf([])).root;
const nested = (depth: number) => `${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`;

/** How many values are kept, with the value itself. */
const kept = ({ inside }: Value): number => 1 + inside.reduce((sum, one) => sum + kept(one), 0);

const expectLike = (json: string, shown: Value, value: unknown): void => {
  const written = json.slice(shown.start, shown.end);
  expect(JSON.parse(written)).toEqual(value);
  if (typeof value !== 'object' || value === null) {
    expect(shown).toMatchObject({ kind: 'scalar', inside: [] });
    return;
  }
  const members = Object.entries(value);
  expect(shown.kind).toBe(Array.isArray(value) ? 'array' : 'object');
  expect(shown.size).toBe(members.length);
  for (const member of shown.inside) {
    const name = member.name && (JSON.parse(json.slice(...member.name)) as string);
    expectLike(
      json,
      member,
      name === null ? JSON.parse(json.slice(member.start, member.end)) : valueAt(value, [name]),
    );
  }
};

describe('the structure of a JSON text', () => {
  it('is where its values are, with their sizes, for any text', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 1, '\t', '\r\n '), (value, indent) => {
        const json = ` ${JSON.stringify(value, null, indent)}\n`;
        expectLike(json, rootOf(json), JSON.parse(json));
      }),
    );
  });

  it('has the wanted values of any text, wherever they are', () => {
    const name = fc.constantFrom('a', 'b', '0', '1', 'é"\\', '~/', '');
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.integer(),
        fc.dictionary(name, tie('any')),
        fc.array(tie('any'), { maxLength: 9 }),
      ),
    })).any;
    const pointer = fc
      .array(name, { minLength: 1, maxLength: 9 })
      .map((tokens) =>
        tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
      );
    fc.assert(
      fc.property(value, pointer, (document, at) => {
        const json = JSON.stringify(document);
        const expected = valueAt(JSON.parse(json), tokensOf(at) ?? []);
        expect(found(json, at).map(([, written]) => JSON.parse(written ?? ''))).toEqual(
          expected === undefined ? [] : [expected],
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    [
      '{"a":{"b":1.10},"b":12345678901234567890}',
      ['/b', '/a/b'],
      [
        ['b', '12345678901234567890'],
        ['a.b', '1.10'],
      ],
    ],
    ['{"\\u0061":"\\u0062"}', ['/a'], [['a', '"\\u0062"']]],
    ['{"a":1,"a":2}', ['/a'], [['a', '2']]],
    [
      '[{"a":1},{},{"a":3},{"a":4}]',
      ['/*/a'],
      [
        ['[0].a', '1'],
        ['[2].a', '3'],
      ],
    ],
    [
      '{"l":[[1],[2]]}',
      ['/l/1/0', '/l/0/0'],
      [
        ['l[1][0]', '2'],
        ['l[0][0]', '1'],
      ],
    ],
    ['{"a.b c":{"":{"d":null}}}', ['/a.b c//d'], [['["a.b c"][""].d', 'null']]],
    ['{"*":1}', ['/*'], []],
    ['{"a":1}', ['/a/b', '/b', '/a/0', ''], [['', '{"a":1}']]],
  ])('finds in %s what %j point to', (json, pointers, expected) => {
    expect(found(json, ...pointers)).toEqual(expected);
  });

  it('is bounded, however deep or long the text is', () => {
    expect(kept(rootOf(nested(50_000)))).toBeLessThan(20);
    const wide = JSON.stringify(
      Array.from({ length: 300 }, () => Array.from({ length: 300 }, (_, n) => ({ n, m: [n] }))),
    );
    expect(kept(rootOf(wide))).toBeLessThan(4_000);
    const object = `{${Array.from({ length: 3_000 }, (_, n) => `"k${n}":{"a":${n}}`).join(',')}}`;
    expect(kept(rootOf(object))).toBeLessThan(1_000);
    expect(rootOf(object).size).toBe(3_000);
    expect(found(object, '/k1999/a', '/k2999/a')).toEqual([['k1999.a', '1999']]);
  });

  it('goes as deep as a pointer leads', () => {
    const pointer = '/0/a'.repeat(100);
    expect(found(nested(100), pointer).map(([, written]) => written)).toEqual(['1']);
  });
});
