import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { besideOf, bitOf, commonBits, placeAt, placeBits, startOf } from './place.ts';
import { covers, Path, puncture, type Subtree } from './tree.ts';

const root = (fill = 7): Subtree => ({ start: Buffer.alloc(9), depth: 0, node: Buffer.alloc(32, fill) });
/** Some places are neighbours, so that paths have much or little in common. */
const place = fc
  .tuple(
    fc.uint8Array({ minLength: 6, maxLength: 6 }),
    fc.constantFrom(0, 1),
    fc.integer({ min: 0, max: 2 ** 24 - 1 }),
  )
  .map(([branch, fixed, count]) =>
    placeAt(fixed ? Buffer.alloc(6, 0x5a) : Buffer.from(branch), fixed ? count % 64 : count),
  );

/** Replaces the subtree above a place, as the table does. */
const punctured = (tree: readonly Subtree[], at: Buffer): Subtree[] =>
  tree.flatMap((subtree) => (covers(subtree, at) ? puncture(subtree, at) : [subtree]));
const leafOf = (tree: readonly Subtree[], at: Buffer): string | null => {
  const above = tree.filter((subtree) => covers(subtree, at));
  expect(above.length).toBeLessThanOrEqual(1);
  return above[0] ? new Path(above[0]).leaf(at).toString('hex') : null;
};

describe('a key tree', () => {
  it('derives known keys: SHA-256 of the node and a byte for each bit of the place, beginning with the highest', () => {
    // Computed by Python's hashlib: for bit in bits: node = sha256(node + bytes([bit])).digest()
    const known = [
      ['000000000000000000', '3b0f426180fbb6453d2be529a60979cb6dfc8c400d27b99cf01625f38ba8f4cb'],
      ['ffffffffffffffffff', '232b508002f6e424f5250f074f6874ab3f63319bd18b78330f6a005a168712c1'],
      ['0123456789ab00002a', 'f21476dc599bf43b9cdaebc07b519285fc89aaefb410f33e3c0f15e4503b4f74'],
    ] as const;
    for (const [at, key] of known)
      expect(new Path(root()).leaf(Buffer.from(at, 'hex')).toString('hex')).toBe(key);
  });

  it('derives the same key whatever it derived before', () => {
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 8 }), (places) => {
        const path = new Path(root());
        for (const at of places) expect(path.leaf(at)).toEqual(new Path(root()).leaf(at));
      }),
    );
  });

  it('has lost the keys of punctured places and no others, in whichever order they were punctured', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(place, { minLength: 1, maxLength: 5, selector: (at) => at.toString('hex') }),
        fc.array(place, { maxLength: 5 }),
        (erased, others) => {
          const tree = erased.reduce(punctured, [root()]);
          const backwards = erased.toReversed().reduce(punctured, [root()]);
          const isErased = (at: Buffer) => erased.some((one) => one.equals(at));
          for (const at of [...erased, ...others, ...erased.map((one) => besideOf(one, placeBits - 1))]) {
            const kept = isErased(at) ? null : new Path(root()).leaf(at).toString('hex');
            expect(leafOf(tree, at)).toBe(kept);
            expect(leafOf(backwards, at)).toBe(kept);
          }
          const sorted = (all: Subtree[]) => all.toSorted((one, other) => one.start.compare(other.start));
          expect(sorted(backwards)).toEqual(sorted(tree));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('keeps no node above a punctured place, and one node for each level beside it', () => {
    const at = Buffer.from('0123456789ab00002a', 'hex');
    const rest = puncture(root(), at);
    expect(rest).toHaveLength(placeBits);
    expect(rest.filter((subtree) => covers(subtree, at))).toEqual([]);
    expect(puncture({ start: at, depth: placeBits, node: Buffer.alloc(32) }, at)).toEqual([]);
  });

  it('finds the subtree above a place as the one that begins at or next before it', () => {
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 4 }), place, (erased, at) => {
        const tree = erased.reduce(punctured, [root()]);
        const before = tree
          .filter(({ start }) => start.compare(at) <= 0)
          .toSorted((one, other) => one.start.compare(other.start))
          .at(-1);
        const above = tree.find((subtree) => covers(subtree, at));
        expect(before && covers(before, at) ? before : undefined).toBe(above);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a place outside', () => {
    const [outside] = puncture(root(), Buffer.alloc(9));
    expect(() => new Path(outside as Subtree).leaf(Buffer.alloc(9))).toThrow(RangeError);
  });
});

describe('a place', () => {
  it('has a branch and a count, of which a branch may be given as its first place', () => {
    const start = placeAt(Buffer.from('0123456789ab', 'hex'), 0);
    expect(placeAt(start, 42).toString('hex')).toBe('0123456789ab00002a');
  });

  it('agrees with its bits as text', () => {
    const bits = (at: Buffer) => [...at].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    fc.assert(
      fc.property(place, place, fc.integer({ min: 0, max: placeBits - 1 }), (one, other, depth) => {
        const text = bits(one);
        expect(bitOf(one, depth)).toBe(Number(text[depth]));
        expect(bits(startOf(one, depth))).toBe(text.slice(0, depth).padEnd(placeBits, '0'));
        const flipped = text[depth] === '0' ? '1' : '0';
        expect(bits(besideOf(one, depth))).toBe((text.slice(0, depth) + flipped).padEnd(placeBits, '0'));
        let common = 0;
        while (common < placeBits && text[common] === bits(other)[common]) common += 1;
        expect(commonBits(one, other)).toBe(common);
      }),
    );
  });
});
