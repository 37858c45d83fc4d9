import { rejectionErrors } from './rejection-errors.ts';

/**
 * Limits what this process works on at once: requests, and bytes of their bodies in memory. Requests beyond the limit are rejected
 * immediately, so that the ones in progress can finish.
 *
 * An address and a webhook may each hold half of either limit. So neither can crowd out the others, even with slow bodies. Half of the
 * bytes must be enough for the largest body.
 */
export class Capacity {
  readonly #all: CapacityShare;
  readonly #half: { readonly requests: number; readonly bytes: number };
  /** Addresses that hold part of the capacity now. */
  readonly #addresses = new Map<string, CapacityShare>();
  readonly #webhooks = new Map<string, CapacityShare>();

  constructor(max: { readonly requests: number; readonly bytes: number }) {
    this.#all = new CapacityShare(max);
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
  enter(address: string): CapacitySlot {
    if (this.#all.isFull) throw rejectionErrors.overloaded();
    const slot = new CapacitySlot();
    slot.countIn(this.#shareOf(address, this.#addresses));
    slot.countIn(this.#all);
    return slot;
  }

  /**
   * Assigns the request to its webhook once that is known.
   *
   * @throws ApiError 503 when too many requests for this webhook are in progress
   */
  assign(slot: CapacitySlot, webhookId: string): void {
    slot.countIn(this.#shareOf(webhookId, this.#webhooks));
  }

  #shareOf(name: string, shares: Map<string, CapacityShare>): CapacityShare {
    const known = shares.get(name);
    if (known) return known;
    const share = new CapacityShare(this.#half, () => shares.delete(name));
    shares.set(name, share);
    return share;
  }
}

/** One request's capacity slot. */
export class CapacitySlot {
  #bytes = 0;
  readonly #shares: CapacityShare[] = [];

  /**
   * Counts the request before its body is read.
   *
   * @throws ApiError 503 when the share already has the maximum number of requests
   */
  countIn(share: CapacityShare): void {
    if (share.isFull) throw rejectionErrors.overloaded();
    share.requests += 1;
    this.#shares.push(share);
  }

  /** @throws ApiError 503 when too many bytes are held */
  hold(bytes: number): void {
    for (const share of this.#shares) if (!share.hasRoomFor(bytes)) throw rejectionErrors.overloaded();
    for (const share of this.#shares) share.bytes += bytes;
    this.#bytes += bytes;
  }

  /** Call this once, when the request is finished. */
  leave(): void {
    for (const share of this.#shares) share.leave(this.#bytes);
  }
}

/** The share of the capacity that an address, a webhook or all senders together hold. */
class CapacityShare {
  requests = 0;
  bytes = 0;
  readonly #max: { readonly requests: number; readonly bytes: number };
  readonly #onEmpty: () => void;

  constructor(max: { readonly requests: number; readonly bytes: number }, onEmpty = () => {}) {
    this.#max = max;
    this.#onEmpty = onEmpty;
  }

  get isFull(): boolean {
    return this.requests >= this.#max.requests;
  }

  hasRoomFor(bytes: number): boolean {
    return this.bytes + bytes <= this.#max.bytes;
  }

  leave(bytes: number): void {
    this.requests -= 1;
    this.bytes -= bytes;
    if (this.requests === 0) this.#onEmpty();
  }
}
