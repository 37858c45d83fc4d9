import { refusals } from './refusals.ts';

/** What an address, a webhook or everybody together holds of the capacity. */
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

/** One request's place in the capacity. */
export class Place {
  #bytes = 0;
  readonly #holdings: Holding[] = [];

  /**
   * Counts the request in, before its body.
   *
   * @throws ApiError 503 when as many requests as may be are counted there
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

  /** Called once, when the request is done with. */
  leave(): void {
    for (const holding of this.#holdings) holding.leave(this.#bytes);
  }
}
