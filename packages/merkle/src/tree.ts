import { Frontier } from './frontier.ts';
import { bytesOf, type HashText, hashLength, hashOfNode, rootOf, splitOf } from './hashes.ts';
import type { Range } from './proofs.ts';

/** Leaves whose hashes are not kept: only the root of each complete group of so many. */
const groupSize = 256;

/** Returns the hashes of the leaves from `start` to before `end`, one after the other. */
type LoadHashes = (start: number, end: number) => Promise<Buffer>;

/**
 * The inner nodes of a tree from which proofs are made. It keeps the roots of groups of 256 leaves and what is above them: a quarter of a
 * byte for each leaf. The hashes of leaves are asked for again when a proof needs them.
 */
export class Tree {
  readonly #frontier = new Frontier();
  /** By level, from that of the groups: the roots of all complete subtrees, one after the other. */
  readonly #levels: Hashes[] = [];
  /** The leaves of the group that is not complete. */
  #open: HashText[] = [];

  get size(): number {
    return this.#frontier.size;
  }

  root(): Buffer {
    return this.#frontier.root();
  }

  /** Adds the leaf with this hash. */
  add(leaf: HashText): void {
    this.#frontier.add(leaf);
    this.#open.push(leaf);
    if (this.#open.length < groupSize) return;
    let node = rootOf(bytesOf(this.#open));
    this.#open = [];
    for (let level = 0; ; level++) {
      const nodes = this.#levels[level] ?? new Hashes();
      this.#levels[level] = nodes;
      nodes.push(node);
      if (nodes.length % 2 === 1) return;
      node = hashOfNode(nodes.at(nodes.length - 2), nodes.at(nodes.length - 1));
    }
  }

  /** The root of the leaves in a range that the tree has. */
  async rootOfRange({ start, end }: Range, load: LoadHashes): Promise<Buffer> {
    const size = end - start;
    if (size < groupSize) return rootOf(await this.#hashesOf(start, end, load));
    const level = Math.log2(size / groupSize);
    if (Number.isInteger(level) && start % size === 0)
      return (this.#levels[level] as Hashes).at(start / size);
    const middle = start + splitOf(size);
    return hashOfNode(
      await this.rootOfRange({ start, end: middle }, load),
      await this.rootOfRange({ start: middle, end }, load),
    );
  }

  async #hashesOf(start: number, end: number, load: LoadHashes): Promise<Buffer> {
    const firstOpen = this.size - this.#open.length;
    return start >= firstOpen
      ? bytesOf(this.#open.slice(start - firstOpen, end - firstOpen))
      : load(start, end);
  }
}

/** A growing list of hashes in one piece of memory. */
class Hashes {
  #bytes = Buffer.alloc(16 * hashLength);
  length = 0;

  push(hash: Buffer): void {
    const at = this.length * hashLength;
    if (at === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(at)]);
    hash.copy(this.#bytes, at);
    this.length++;
  }

  at(index: number): Buffer {
    return Buffer.from(this.#bytes.subarray(index * hashLength, (index + 1) * hashLength));
  }
}
