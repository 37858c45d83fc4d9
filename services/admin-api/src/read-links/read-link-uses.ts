import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

/** How often one link may be read: an agent that reads on with a larger `max_chars` needs a few. */
export const readLinkUses = 20;

const hour = 3_600_000;
/** About 20 MB. Beyond that, the links that were used longest ago may be used again. */
const most = 100_000;

/**
 * Counts the uses of read links, in memory: each process of this service counts for itself and begins at 0, so the bound is for each of
 * them. Only links that this installation has made are counted, so strangers cannot fill it.
 */
@Injectable()
export class ReadLinkUses {
  readonly #uses = new LRUCache<string, number>({ max: most, ttl: hour });

  /** @returns false: the link has been used up */
  count(token: string): boolean {
    const uses = this.#uses.get(token) ?? 0;
    if (uses >= readLinkUses) return false;
    this.#uses.set(token, uses + 1);
    return true;
  }
}
