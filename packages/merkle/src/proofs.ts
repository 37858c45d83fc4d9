import { hashOfNode, splitOf } from './hashes.ts';

/** Leaves from `start` to before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The subtrees whose roots are the inclusion proof of a leaf, in its order (RFC 9162, 2.1.3.1).
 *
 * @param index of the leaf, from 0
 * @throws RangeError unless the leaf is in a tree of that size
 */
export const inclusionProofRanges = (index: number, size: number): Range[] => {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size))
    throw new RangeError(`a tree with ${size} leaves has no leaf ${index}`);
  const ranges: Range[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      ranges.unshift({ start: middle, end });
      end = middle;
    } else {
      ranges.unshift({ start, end: middle });
      start = middle;
    }
  }
  return ranges;
};

/**
 * The subtrees whose roots are the proof that a tree of size `from` is the beginning of one of size `to` (RFC 9162, 2.1.4.1). Empty if the
 * sizes are the same.
 *
 * @throws RangeError unless 0 < from <= to
 */
export const consistencyProofRanges = (from: number, to: number): Range[] => {
  if (!(Number.isSafeInteger(from) && from > 0 && from <= to))
    throw new RangeError(`a tree with ${from} leaves is not the beginning of one with ${to}`);
  const ranges: Range[] = [];
  let [start, end] = [0, to];
  while (from < end) {
    const middle = start + splitOf(end - start);
    if (from <= middle) {
      ranges.unshift({ start: middle, end });
      end = middle;
    } else {
      ranges.unshift({ start, end: middle });
      start = middle;
    }
  }
  // A verifier has the root of the smaller tree already.
  return start === 0 ? ranges : [{ start, end: from }, ...ranges];
};

/** Whether the proof shows that the leaf with this hash is in the tree with this root (RFC 9162, 2.1.3.2). */
export const provesInclusion = (
  leaf: { readonly index: number; readonly hash: Buffer },
  tree: { readonly size: number; readonly root: Buffer },
  proof: readonly Buffer[],
): boolean => {
  if (!(leaf.index >= 0 && leaf.index < tree.size)) return false;
  let [fn, sn, r] = [leaf.index, tree.size - 1, leaf.hash];
  for (const p of proof) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      r = hashOfNode(p, r);
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else r = hashOfNode(r, p);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && r.equals(tree.root);
};

/** Whether the proof shows that the first tree is the beginning of the second (RFC 9162, 2.1.4.2). */
export const provesConsistency = (
  first: { readonly size: number; readonly root: Buffer },
  second: { readonly size: number; readonly root: Buffer },
  proof: readonly Buffer[],
): boolean => {
  if (!(first.size > 0 && first.size <= second.size)) return false;
  if (first.size === second.size) return proof.length === 0 && first.root.equals(second.root);
  const isPowerOfTwo = Number.isInteger(Math.log2(first.size));
  const [start, ...rest] = isPowerOfTwo ? [first.root, ...proof] : proof;
  if (start === undefined) return false;
  let [fn, sn, fr, sr] = [first.size - 1, second.size - 1, start, start];
  while (isOdd(fn)) [fn, sn] = [half(fn), half(sn)];
  for (const c of rest) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      [fr, sr] = [hashOfNode(c, fr), hashOfNode(c, sr)];
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else sr = hashOfNode(sr, c);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && fr.equals(first.root) && sr.equals(second.root);
};

// Not by bit operators: these are for 32 bits only.
const isOdd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2);
