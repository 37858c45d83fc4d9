/**
 * A leaf of a key tree: 72 bits, as 9 bytes. The first 48 bits are a branch (random, drawn anew by each gateway every few minutes), the other 24
 * count the arrivals that were encrypted in it. So no two arrivals of a webhook share a place, and arrivals that follow each other share
 * all but a few levels of the tree.
 */
export type Place = Buffer;

export const placeBits = 72;
export const branchBits = 48;
/** How many arrivals a branch can encrypt. */
export const placesOfBranch = 2 ** (placeBits - branchBits);

/** @param branch a place in it, or only its bits */
export const placeAt = (branch: Buffer, count: number): Place => {
  const place = Buffer.allocUnsafe(placeBits / 8);
  branch.copy(place, 0, 0, branchBits / 8);
  place.writeUIntBE(count, branchBits / 8, (placeBits - branchBits) / 8);
  return place;
};

export const bitOf = (place: Place, level: number): 0 | 1 =>
  (((place[level >>> 3] ?? 0) >>> (7 - (level & 7))) & 1) as 0 | 1;

/** The place with all bits from `depth` on cleared: where the subtree of that depth begins. */
export const startOf = (place: Place, depth: number): Place => {
  const start = Buffer.alloc(placeBits / 8);
  const whole = depth >>> 3;
  place.copy(start, 0, 0, whole);
  if (depth & 7) start.writeUInt8(place.readUInt8(whole) & (0xff00 >>> (depth & 7)), whole);
  return start;
};

/** The start of the subtree beside the one in which `place` is, both children of the node at `depth`. */
export const besideOf = (place: Place, depth: number): Place => {
  const start = startOf(place, depth + 1);
  start.writeUInt8(start.readUInt8(depth >>> 3) ^ (0x80 >>> (depth & 7)), depth >>> 3);
  return start;
};

/** How many leading bits two places have in common. */
export const commonBits = (one: Place, other: Place): number => {
  for (let byte = 0; byte < placeBits / 8; byte += 1) {
    const differing = (one[byte] ?? 0) ^ (other[byte] ?? 0);
    if (differing !== 0) return byte * 8 + Math.clz32(differing) - 24;
  }
  return placeBits;
};
