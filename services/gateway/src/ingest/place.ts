import { refusals } from './refusals.ts';

/** The share of the capacity that an address, a webhook or all senders together hold. */
export class Holding {
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

/** One request's capacity slot. */
export class Place {
  #bytes = 0;
  readonly #holdings: Holding[] = [];

  /**
   * Counts the request before its body is read.
   *
   * @throws ApiError 503 when the holding already has the maximum number of requests
   */
  countIn(holding: Holding): void {
    if (holding.isFull) throw refusals.overloaded();
    holding.requests += 1;
    this.#holdings.push(holding);
  }

  /** @throws ApiError 503 when too many bytes are held */
  hold(bytes: number): void {
    for (const holding of this.#holdings) if (!holding.hasRoomFor(bytes)) throw refusals.overloaded();
    for (const holding of this.#holdings) holding.bytes += bytes;
    this.#bytes += bytes;
  }

  /** Call this once, when the request is finished. */
  leave(): void {
    for (const holding of this.#holdings) holding.leave(this.#bytes);
  }
}
