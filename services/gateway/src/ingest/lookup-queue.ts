import { rejectionErrors } from './rejection-errors.ts';
import { Turns } from './turns.ts';

/** How many lookups may wait, in total and for one address. Each holds a capacity slot, and an address gets at most half of the slots. */
const waitingLookups = 200;
const waitingOfAddress = 50;

/** Runs lookups one at a time, in the order in which they were submitted. Lookups beyond the limits are rejected immediately. */
export class LookupQueue {
  readonly #turns = new Turns();
  /** Addresses with lookups that are waiting or running, and how many each has. */
  readonly #addresses = new Map<string, number>();

  /**
   * @param address the key under which limits count the sender
   * @throws ApiError 503 when too many lookups are waiting, or the error of this lookup or of one before it
   */
  async take<T>(address: string, lookup: () => Promise<T>): Promise<T> {
    const own = this.#addresses.get(address) ?? 0;
    if (own >= waitingOfAddress || this.#turns.waiting >= waitingLookups) throw rejectionErrors.overloaded();
    this.#addresses.set(address, own + 1);
    try {
      return await this.#turns.take(lookup);
    } finally {
      const left = (this.#addresses.get(address) ?? 1) - 1;
      if (left === 0) this.#addresses.delete(address);
      else this.#addresses.set(address, left);
    }
  }
}
