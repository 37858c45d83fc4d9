import { randomFillSync } from 'node:crypto';

/** Drawn ahead: a call to the system for every few bytes costs more than all else about an id. */
const pool = Buffer.allocUnsafeSlow(4096);
let used = pool.length;

/**
 * Random bytes of the system, each given out once.
 *
 * @param count 4096 at most
 */
export const randomBytesAhead = (count: number): Buffer => {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + count));
  pool.fill(0, used, used + count);
  used += count;
  return bytes;
};
