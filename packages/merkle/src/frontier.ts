import { bytesOf, emptyRoot, type HashText, hashLength, hashTextAt, hashTextOfNode } from './hashes.ts';

/**
 * What it takes to add leaves and to know the root: the roots of the complete subtrees that a tree of this size consists of, the largest
 * first. There is one for each binary one in the size.
 */
export class Frontier {
  #size = 0;
  #subtrees: HashText[] = [];

  /**
   * @param subtrees as `subtrees` returned them
   * @throws RangeError when there are more or fewer than a tree of that size has
   */
  static of(size: number, subtrees: Buffer): Frontier {
    const frontier = new Frontier();
    if (subtrees.length !== onesOf(size) * hashLength)
      throw new RangeError(
        `a tree with ${size} leaves has ${onesOf(size)} subtrees, not ${subtrees.length / hashLength}`,
      );
    frontier.#size = size;
    for (let n = 0; n < onesOf(size); n++) frontier.#subtrees.push(hashTextAt(subtrees, n));
    return frontier;
  }

  get size(): number {
    return this.#size;
  }

  /** The roots of the subtrees, one after the other. */
  get subtrees(): Buffer {
    return bytesOf(this.#subtrees);
  }

  add(leaf: HashText): void {
    let node = leaf;
    for (let size = this.#size; size % 2 === 1; size = (size - 1) / 2)
      node = hashTextOfNode(this.#subtrees.pop() as HashText, node);
    this.#subtrees.push(node);
    this.#size++;
  }

  root(): Buffer {
    return this.#subtrees.length === 0
      ? emptyRoot
      : bytesOf([this.#subtrees.reduceRight((right, left) => hashTextOfNode(left, right))]);
  }
}

const onesOf = (size: number): number => BigInt(size).toString(2).replaceAll('0', '').length;
