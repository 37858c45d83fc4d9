import { hash } from 'node:crypto';

/** Bytes of a hash: SHA-256. */
export const hashLength = 32;

/**
 * The SHA-256 of bytes, or of a text in UTF-8. By way of a text with a character for each byte, because the buffer that `hash` would return has
 * memory of its own, which costs more than the hash does.
 */
export const sha256 = (of: Uint8Array | string): Buffer =>
  Buffer.from(hash('sha256', of, 'binary'), 'binary');

const leafPrefix = Buffer.of(0);
/** What a node is the hash of. Used again and again, because there is one node for each leaf. */
const node = Buffer.alloc(1 + 2 * hashLength, 1);

/** MTH of one entry: SHA-256(0x00 ‖ entry), RFC 9162, 2.1.1. */
export const hashOfLeaf = (entry: Uint8Array): Buffer => sha256(Buffer.concat([leafPrefix, entry]));

/** SHA-256(0x01 ‖ left ‖ right), RFC 9162, 2.1.1. */
export const hashOfNode = (left: Uint8Array, right: Uint8Array): Buffer => {
  node.set(left, 1);
  node.set(right, 1 + hashLength);
  return sha256(node);
};

/** The root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot: Buffer = sha256('');

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
