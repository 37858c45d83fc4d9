import { Holding, Place } from './place.ts';
import { refusals } from './refusals.ts';

/**
 * Bounds what this process works on at once: requests, and bytes of their bodies in memory. What exceeds it is refused at once,
 * so that what was begun is finished.
 *
 * An address and a webhook may each hold half of either bound, so that one of them, slow bodies and all, leaves room for others. Half
 * of the bytes has to hold the largest body.
 */
export class Capacity {
  readonly #all: Holding;
  readonly #half: { readonly requests: number; readonly bytes: number };
  /** Those that hold something now. */
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
   * @param address what limits count the sender under
   * @throws ApiError 503 when too many requests are under way, of all senders or of this one
   */
  enter(address: string): Place {
    if (this.#all.isFull) throw refusals.overloaded();
    const place = new Place();
    place.countIn(this.#holdingOf(address, this.#addresses));
    place.countIn(this.#all);
    return place;
  }

  /**
   * Once it is known whom the request is for.
   *
   * @throws ApiError 503 when too many requests for this webhook are under way
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
