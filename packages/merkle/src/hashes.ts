import { hash } from 'node:crypto';

/** Bytes of a hash: SHA-256. */
export const hashLength = 32;

/** A hash as text, a character for each byte. To make and to compare one takes less than half of what a Buffer takes. */
export type HashText = string;

/** One of several hashes that stand one after the other. */
export const hashTextAt = (hashes: Buffer, index: number): HashText =>
  hashes.toString('latin1', index * hashLength, (index + 1) * hashLength);

export const bytesOf = (hashes: readonly HashText[]): Buffer => Buffer.from(hashes.join(''), 'latin1');

/**
 * The SHA-256 of bytes. By way of a text with a character for each byte, because the buffer that `hash` would return has
 * memory of its own, which costs more than the hash does.
 */
const sha256 = (of: Uint8Array): Buffer => Buffer.from(hash('sha256', of, 'binary'), 'binary');

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

/** The same of texts. */
export const hashTextOfNode = (left: HashText, right: HashText): HashText => {
  node.write(left, 1, 'latin1');
  node.write(right, 1 + hashLength, 'latin1');
  return hash('sha256', node, 'binary');
};

/** The root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot: Buffer = sha256(Buffer.alloc(0));

/** The largest power of two smaller than n, for n > 1. */
export const splitOf = (n: number): number => {
  let split = 1;
  while (split * 2 < n) split *= 2;
  return split;
};

/** The root over the hashes of some leaves, one after the other in `hashes`. */
export const rootOf = (hashes: Buffer): Buffer => {
  const n = hashes.length / hashLength;
  return n === 0 ? emptyRoot : bytesOf([rootOfLeaves(hashes, 0, n)]);
};

const rootOfLeaves = (hashes: Buffer, start: number, end: number): HashText => {
  if (end - start === 1) return hashTextAt(hashes, start);
  const middle = start + splitOf(end - start);
  return hashTextOfNode(rootOfLeaves(hashes, start, middle), rootOfLeaves(hashes, middle, end));
};
