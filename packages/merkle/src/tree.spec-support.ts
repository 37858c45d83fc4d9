import { hashOfLeaf, hashTextAt, Tree } from './index.ts';

/** A tree over the numbers from 0, as text, with the hashes of all its leaves. */
export const treeOf = (size: number) => {
  const entries = Array.from({ length: size }, (_, n) => Buffer.from(`entry ${n}`));
  const hashes = entries.map(hashOfLeaf);
  const tree = new Tree();
  for (const hash of hashes) tree.add(hashTextAt(hash, 0));
  const load = async (start: number, end: number) => Buffer.concat(hashes.slice(start, end));
  return { entries, hashes, tree, load };
};
