import type { ContentEncoding } from '@mission-control/contracts';
import type { CapacitySlot } from './capacity.ts';
import type { Inflater, Proven } from './inflater.ts';

/** A request's body: the bytes received, and what they inflate to. */
export class ReceivedBody {
  readonly bytes: Buffer;
  /** null: not encoded. */
  readonly encoding: ContentEncoding | null;
  readonly #inflater: Inflater;
  readonly #slot: CapacitySlot;
  #content: Promise<Buffer> | undefined;

  constructor(bytes: Buffer, encoding: ContentEncoding | null, inflater: Inflater, slot: CapacitySlot) {
    this.bytes = bytes;
    this.encoding = encoding;
    this.#inflater = inflater;
    this.#slot = slot;
  }

  /**
   * The content. Inflated on first use, and only once. A body that is not encoded is its own content.
   *
   * @throws ApiError 400, 413 or 503, through the promise
   */
  content(proven: Proven): Buffer | Promise<Buffer> {
    if (this.encoding === null) return this.bytes;
    this.#content ??= this.#inflate(this.encoding, proven);
    return this.#content;
  }

  async #inflate(encoding: ContentEncoding, proven: Proven): Promise<Buffer> {
    const content = await this.#inflater.inflate(this.bytes, encoding, proven);
    this.#slot.hold(content.length);
    return content;
  }
}
