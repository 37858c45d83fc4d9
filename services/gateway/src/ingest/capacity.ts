import { refusals } from './refusals.ts';

/**
 * Bounds what this process works on at once: requests, and bytes of their bodies in memory. What exceeds it is refused at once,
 * so that what was begun is finished.
 */
export class Capacity {
  #requests = 0;
  #bytes = 0;
  readonly #max: { requests: number; bytes: number };

  constructor(max: { requests: number; bytes: number }) {
    this.#max = max;
  }

  get requests(): number {
    return this.#requests;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws ApiError 503 when too many requests are under way */
  enter(): Place {
    if (this.#requests >= this.#max.requests) throw refusals.overloaded();
    this.#requests += 1;
    let held = 0;
    return {
      hold: (bytes) => {
        if (this.#bytes + bytes > this.#max.bytes) throw refusals.overloaded();
        this.#bytes += bytes;
        held += bytes;
      },
      leave: () => {
        this.#requests -= 1;
        this.#bytes -= held;
      },
    };
  }
}

/** One request's share of the capacity. */
export interface Place {
  /** @throws ApiError 503 when too many bytes are held */
  readonly hold: (bytes: number) => void;
  /** Called once, when the request is done with. */
  readonly leave: () => void;
}
