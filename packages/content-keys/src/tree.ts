import { hash } from 'node:crypto';
import { besideOf, bitOf, commonBits, type Place, placeBits } from './place.ts';

/**
 * A puncturable key tree (the construction of Goldreich, Goldwasser and Micali). A node's two children are the SHA-256 of the node followed
 * by a byte 0 or 1, so whoever has a node has every leaf below it, and nothing else. To destroy one leaf, the node above it is replaced by
 * the nodes beside the path to it: from these, every leaf can be derived but that one.
 */

/** A node from which keys are derived, and the part of the tree below it. */
export interface Subtree {
  /** Its first place. */
  readonly start: Place;
  /** The levels above it; 0: the whole tree. */
  readonly depth: number;
  /** 32 bytes. */
  readonly node: Buffer;
}

export const covers = ({ start, depth }: Pick<Subtree, 'start' | 'depth'>, place: Place): boolean =>
  commonBits(start, place) >= depth;

const nodeBytes = 32;
/** A node and a bit. Hashing does not keep it. */
const input = Buffer.alloc(nodeBytes + 1);

/** Writes a child of a node. A digest as text costs a third of one as a buffer, which is allocated outside the heap. */
const writeChild = (node: Buffer, bit: 0 | 1, into: Buffer): Buffer => {
  node.copy(input);
  input.writeUInt8(bit, nodeBytes);
  into.write(hash('sha256', input, 'binary'), 'binary');
  return into;
};

/** Derives leaves of one subtree. It keeps the path to the last one: the next one costs a hash for each level in which it differs. */
export class Path {
  readonly subtree: Subtree;
  /** The nodes on the path, from that of the subtree on. There may be many paths, so it is one buffer. */
  readonly #nodes: Buffer;
  /** How deep the path is known. */
  #depth: number;
  #place: Place | null = null;

  constructor(subtree: Subtree) {
    this.subtree = subtree;
    this.#nodes = Buffer.alloc((placeBits - subtree.depth + 1) * nodeBytes);
    subtree.node.copy(this.#nodes);
    this.#depth = subtree.depth;
  }

  covers(place: Place): boolean {
    return covers(this.subtree, place);
  }

  /** The key of a place that the subtree covers, 32 bytes. */
  leaf(place: Place): Buffer {
    return this.nodeAt(place, placeBits);
  }

  /** The node at a depth on the path to a place that the subtree covers. */
  nodeAt(place: Place, depth: number): Buffer {
    if (!this.covers(place)) throw new RangeError('The place is not in this part of the key tree.');
    if (this.#place !== null) this.#depth = Math.min(this.#depth, commonBits(this.#place, place));
    for (; this.#depth < depth; this.#depth += 1)
      writeChild(this.#node(this.#depth), bitOf(place, this.#depth), this.#node(this.#depth + 1));
    this.#place = place;
    return Buffer.from(this.#node(depth));
  }

  #node(depth: number): Buffer {
    const at = (depth - this.subtree.depth) * nodeBytes;
    return this.#nodes.subarray(at, at + nodeBytes);
  }
}

/** What replaces a subtree to destroy the leaf at a place in it: everything else in it. Empty if it is that leaf. */
export const puncture = (subtree: Subtree, place: Place): Subtree[] => {
  const path = new Path(subtree);
  return Array.from({ length: placeBits - subtree.depth }, (_, n) => {
    const depth = subtree.depth + n;
    const other = bitOf(place, depth) === 0 ? 1 : 0;
    return {
      start: besideOf(place, depth),
      depth: depth + 1,
      node: writeChild(path.nodeAt(place, depth), other, Buffer.alloc(nodeBytes)),
    };
  });
};
