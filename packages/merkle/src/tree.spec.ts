import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consistencyProofRanges,
  emptyRoot,
  Frontier,
  hashOfLeaf,
  hashTextAt,
  inclusionProofRanges,
  provesConsistency,
  provesInclusion,
  Tree,
} from './index.ts';
import { treeOf } from './tree.spec-support.ts';

/** The entries and roots with which Certificate Transparency tests its implementations of RFC 6962, whose tree RFC 9162 took over. */
const published = {
  entries: [
    ...['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'],
  ].map((hex) => Buffer.from(hex, 'hex')),
  roots: [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ],
};

describe('the tree of RFC 9162', () => {
  it('has the published roots', () => {
    const frontier = new Frontier();
    expect(emptyRoot.toString('hex')).toBe(published.roots[0]);
    const roots = [frontier.root().toString('hex')];
    for (const entry of published.entries) {
      frontier.add(hashTextAt(hashOfLeaf(entry), 0));
      roots.push(frontier.root().toString('hex'));
    }
    expect(roots).toEqual(published.roots);
  });

  it('has the published proofs', async () => {
    const hashes = published.entries.map(hashOfLeaf);
    const tree = new Tree();
    for (const hash of hashes) tree.add(hashTextAt(hash, 0));
    const load = async (start: number, end: number) => Buffer.concat(hashes.slice(start, end));
    const proof = async (ranges: ReturnType<typeof inclusionProofRanges>) =>
      (await Promise.all(ranges.map((range) => tree.rootOfRange(range, load)))).map((one) =>
        one.toString('hex'),
      );
    expect(await proof(inclusionProofRanges(5, 8))).toEqual([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    expect(await proof(consistencyProofRanges(6, 8))).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    expect(await proof(consistencyProofRanges(2, 5))).toEqual([
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ]);
  });

  it('keeps what it takes to go on after a restart', () => {
    fc.assert(
      fc.property(fc.nat(600), fc.nat(300), (before, after) => {
        const { hashes } = treeOf(before + after);
        const whole = new Frontier();
        for (const hash of hashes) whole.add(hashTextAt(hash, 0));
        const begun = new Frontier();
        for (const hash of hashes.slice(0, before)) begun.add(hashTextAt(hash, 0));
        const resumed = Frontier.of(before, begun.subtrees);
        for (const hash of hashes.slice(before)) resumed.add(hashTextAt(hash, 0));
        expect(resumed.root()).toEqual(whole.root());
        expect(resumed.size).toBe(before + after);
      }),
      { numRuns: 30 },
    );
    expect(() => Frontier.of(3, Buffer.alloc(32))).toThrow('2 subtrees, not 1');
  });
});

const large = treeOf(1500);
const sizes = fc
  .integer({ min: 1, max: 1500 })
  .chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)));
/** The tree as it was with so many leaves. */
const rootAt = (size: number) => large.tree.rootOfRange({ start: 0, end: size }, large.load);
const proofOf = (ranges: ReturnType<typeof inclusionProofRanges>) =>
  Promise.all(ranges.map((range) => large.tree.rootOfRange(range, large.load)));
const flipped = (hash: Buffer): Buffer => {
  const other = Buffer.from(hash);
  other[0] = (other[0] as number) ^ 1;
  return other;
};

describe('inclusion proofs', () => {
  it('hold for every leaf in a tree of every size, and for nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ([index, size]) => {
        const [root, hash] = [await rootAt(size), large.hashes[index] as Buffer];
        const proof = await proofOf(inclusionProofRanges(index, size));
        const tree = { size, root };
        expect(provesInclusion({ index, hash }, tree, proof)).toBe(true);
        expect(provesInclusion({ index, hash: flipped(hash) }, tree, proof)).toBe(false);
        expect(provesInclusion({ index, hash }, { size, root: flipped(root) }, proof)).toBe(false);
        expect(provesInclusion({ index, hash }, tree, [...proof, hash])).toBe(false);
        if (proof.length > 0) expect(provesInclusion({ index, hash }, tree, proof.slice(1))).toBe(false);
        if (size > 1) expect(provesInclusion({ index: (index + 1) % size, hash }, tree, proof)).toBe(false);
      }),
    );
  });

  it('are refused for a leaf that the tree does not have', () => {
    expect(() => inclusionProofRanges(5, 5)).toThrow('no leaf 5');
    expect(provesInclusion({ index: 5, hash: emptyRoot }, { size: 5, root: emptyRoot }, [])).toBe(false);
  });
});

describe('consistency proofs', () => {
  it('hold between trees of all sizes, and for nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ([before, size]) => {
        const [first, second] = [
          { size: before + 1, root: await rootAt(before + 1) },
          { size, root: await rootAt(size) },
        ];
        const proof = await proofOf(consistencyProofRanges(first.size, second.size));
        expect(provesConsistency(first, second, proof)).toBe(true);
        expect(provesConsistency({ ...first, root: flipped(first.root) }, second, proof)).toBe(false);
        expect(provesConsistency(first, { ...second, root: flipped(second.root) }, proof)).toBe(false);
        expect(provesConsistency(first, second, [...proof, emptyRoot])).toBe(false);
        const [one, ...others] = proof;
        if (one) {
          expect(provesConsistency(first, second, others)).toBe(false);
          expect(provesConsistency(first, second, [flipped(one), ...others])).toBe(false);
        }
      }),
    );
  });

  it('are refused where there are none', () => {
    expect(() => consistencyProofRanges(0, 5)).toThrow(RangeError);
    expect(() => consistencyProofRanges(6, 5)).toThrow(RangeError);
    expect(provesConsistency({ size: 6, root: emptyRoot }, { size: 5, root: emptyRoot }, [])).toBe(false);
  });
});
