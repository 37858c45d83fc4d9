import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementsOf, membersOf } from './json-parts.ts';

describe('the parts of a JSON text', () => {
  it('are what parsing finds', () => {
    fc.assert(
      fc.property(fc.array(fc.json()), fc.constantFrom(0, 2), (texts, indent) => {
        const values = texts.map((text) => JSON.parse(text) as unknown);
        const json = JSON.stringify({ items: values, 'x",{': 1 }, null, indent);
        const members = membersOf(json);
        expect([...members.keys()]).toEqual(['items', 'x",{']);
        const elements = elementsOf(members.get('items') ?? '');
        expect(elements.map((element) => JSON.parse(element) as unknown)).toEqual(values);
        for (const element of elements) expect(element).not.toMatch(/[\r\n]/);
      }),
    );
  });

  it('keep what parsing loses: digits, members of one name, escapes', () => {
    const item = String.raw`{"n":1.10,"n":12345678901234567890,"e":1E400,"t":"\u0041\/\"},{"}`;
    expect(elementsOf(`[ ${item} ,\n${item}]`)).toEqual([item, item]);
    expect(membersOf(`{"payload":${item},"next_cursor":null}`).get('payload')).toBe(item);
  });

  it.each(['[]', '[ ]', '[\n]'])('%j has none', (json) => expect(elementsOf(json)).toEqual([]));

  it('of a large text are found without recursion', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const long = `"${'\\\\'.repeat(1_000_000)}"`;
    expect(elementsOf(`[${deep},${long}]`)).toEqual([deep, long]);
  });
});
