import { Holding, Place } from './place.ts';
import { refusals } from './refusals.ts';

/**
 * Limits what this process works on at once: requests, and bytes of their bodies in memory. Requests beyond the limit are rejected
 * immediately, so that the ones in progress can finish.
 *
 * An address and a webhook may each hold half of either limit. So neither can crowd out the others, even with slow bodies. Half of the
 * bytes must be enough for the largest body.
 */
export class Capacity {
  readonly #all: Holding;
  readonly #half: { readonly requests: number; readonly bytes: number };
  /** Addresses that hold something now. */
  readonly #addresses = new Map<string, Holding>();
  readonly #webhooks = new Map<string, Holding>();

  constructor(max: { readonly requests: number; readonly bytes: number }) {
    this.#all = new Holding(max);
    this.#half = { requests: Math.ceil(max.requests / 2), bytes: Math.ceil(max.bytes / 2) };
  }

  get requests(): number {
    return this.#all.requests;
  }

  get bytes(): number {
    return this.#all.bytes;
  }

  /**
   * @param address the key under which limits count the sender
   * @throws ApiError 503 when too many requests are in progress, in total or from this sender
   */
  enter(address: string): Place {
    if (this.#all.isFull) throw refusals.overloaded();
    const place = new Place();
    place.countIn(this.#holdingOf(address, this.#addresses));
    place.countIn(this.#all);
    return place;
  }

  /**
   * Assigns the request to its webhook once that is known.
   *
   * @throws ApiError 503 when too many requests for this webhook are in progress
   */
  assign(place: Place, webhookId: string): void {
    place.countIn(this.#holdingOf(webhookId, this.#webhooks));
  }

  #holdingOf(name: string, holdings: Map<string, Holding>): Holding {
    const known = holdings.get(name);
    if (known) return known;
    const holding = new Holding(this.#half, () => holdings.delete(name));
    holdings.set(name, holding);
    return holding;
  }
}
