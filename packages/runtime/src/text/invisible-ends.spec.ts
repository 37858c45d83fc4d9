import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invisibleEnd, withoutInvisibleEnds } from './invisible-ends.ts';

const invisible = [
  ['blank', 0x20],
  ['tab', 0x09],
  ['line feed', 0x0a],
  ['carriage return', 0x0d],
  ['next line', 0x85],
  ['no-break space', 0xa0],
  ['soft hyphen', 0xad],
  ['combining grapheme joiner', 0x34f],
  ['Arabic letter mark', 0x61c],
  ['Hangul filler', 0x3164],
  ['Mongolian vowel separator', 0x180e],
  ['em space', 0x2003],
  ['zero-width space', 0x200b],
  ['zero-width joiner', 0x200d],
  ['left-to-right mark', 0x200e],
  ['line separator', 0x2028],
  ['right-to-left override', 0x202e],
  ['narrow no-break space', 0x202f],
  ['word joiner', 0x2060],
  ['left-to-right isolate', 0x2066],
  ['ideographic space', 0x3000],
  ['variation selector 16', 0xfe0f],
  ['byte order mark', 0xfeff],
  ['halfwidth Hangul filler', 0xffa0],
  ['NUL', 0],
  ['DEL', 0x7f],
  ['private use', 0xe000],
  ['unassigned', 0x378],
  ['tag letter a', 0xe0061],
  ['variation selector 256', 0xe01ef],
] as const;

describe('an invisible character at an end of a text', () => {
  it.each(invisible)('is found if it is a %s', (_, code) => {
    const character = String.fromCodePoint(code);
    const hex = code.toString(16).toUpperCase().padStart(4, '0');
    const name = code === 0x20 ? 'a space (U+0020)' : `the invisible character U+${hex}`;
    expect(invisibleEnd(`${character}s3cret`)).toBe(`starts with ${name}`);
    expect(invisibleEnd(`s3cret${character}`)).toBe(`ends with ${name}`);
    expect(invisibleEnd(`s3${character}cret`)).toBeNull();
    expect(withoutInvisibleEnds(`${character}${character}s3${character}cret ${character}`)).toBe(
      `s3${character}cret`,
    );
  });

  it.each(['s3cret', 'ä', '鍵', '🔑', '=', '"', '', 'e\u0301'])('is not found in %j', (text) => {
    expect(invisibleEnd(text)).toBeNull();
    expect(withoutInvisibleEnds(text)).toBe(text);
  });

  it('is removed, and nothing else is', () => {
    const character = fc.oneof(
      fc.constantFrom(...invisible).map(([, code]) => String.fromCodePoint(code)),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(
        fc.array(character).map((all) => all.join('')),
        (text) => {
          const kept = withoutInvisibleEnds(text);
          expect(invisibleEnd(kept)).toBeNull();
          expect(kept === text).toBe(invisibleEnd(text) === null);
          expect(text).toContain(kept);
        },
      ),
    );
  });

  it('does not slow down removal in a long run', () => {
    expect(withoutInvisibleEnds(`a${'\u200b'.repeat(200_000)}b`)).toHaveLength(200_002);
  });
});
