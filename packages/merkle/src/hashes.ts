import { hash } from 'node:crypto';

/** Bytes of a hash: SHA-256. */
export const hashLength = 32;

const leafPrefix = Buffer.of(0);
/** What a node is the hash of. Used again and again, because there is one node for each leaf. */
const node = Buffer.alloc(1 + 2 * hashLength, 1);

/** MTH of one entry: SHA-256(0x00 ‖ entry), RFC 9162, 2.1.1. */
export const hashOfLeaf = (entry: Uint8Array): Buffer =>
  hash('sha256', Buffer.concat([leafPrefix, entry]), 'buffer');

/** SHA-256(0x01 ‖ left ‖ right), RFC 9162, 2.1.1. */
export const hashOfNode = (left: Uint8Array, right: Uint8Array): Buffer => {
  node.set(left, 1);
  node.set(right, 1 + hashLength);
  return hash('sha256', node, 'buffer');
};

/** The root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot: Buffer = hash('sha256', Buffer.alloc(0), 'buffer');

/** The largest power of two smaller than n, for n > 1. */
export const splitOf = (n: number): number => {
  let split = 1;
  while (split * 2 < n) split *= 2;
  return split;
};

/** The root over the hashes of some leaves, one after the other in `hashes`. */
export const rootOf = (hashes: Buffer): Buffer => {
  const n = hashes.length / hashLength;
  if (n === 0) return emptyRoot;
  if (n === 1) return hashes;
  const split = splitOf(n) * hashLength;
  return hashOfNode(rootOf(hashes.subarray(0, split)), rootOf(hashes.subarray(split)));
};
