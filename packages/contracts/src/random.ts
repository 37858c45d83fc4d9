import { randomFillSync } from 'node:crypto';

/** Random bytes are drawn in advance, because a system call for every few bytes costs more than everything else about an id. */
const pool = Buffer.allocUnsafeSlow(4096);
let used = pool.length;

/**
 * Random bytes from the system. Each byte is returned only once.
 *
 * @param count at most 4096
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
