import {
  type ContentEncoding,
  ContentTooLarge,
  inflateContent,
  MalformedEncoding,
} from '@mission-control/contracts';
import { refusals } from './refusals.ts';

/** Whether the request's signature has been verified. */
export type Proven = 'proven' | 'unproven';

/**
 * Bytes that may come out of all inflating under way at once. Requests that prove nothing share one budget, so that no number of them
 * takes more memory, or more of zlib's threads, than this; those that do have one of their own, so that the others cannot take it.
 * Twice the largest body that can be configured.
 */
const budgets: Readonly<Record<Proven, number>> = { proven: 64 * 1024 * 1024, unproven: 32 * 1024 * 1024 };

/** https://www.zlib.net/zlib_tech.html: deflate inflates to 1,032 times its size at most. */
const largestRatio = 1_032;
/** What a stream of zlib takes by itself. */
const leastBytes = 64 * 1024;

/** Inflates encoded bodies, in zlib's threads, within bounds of the whole process. */
export class Inflater {
  readonly #maxBytes: number;
  readonly #under: Record<Proven, number> = { proven: 0, unproven: 0 };

  /** @param maxBytes most bytes of one body's content */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * @throws ApiError 400 when the body is not encoded so, 413 when its content is too large, 503 when the budget is spent
   */
  async inflate(body: Buffer, encoding: ContentEncoding, proven: Proven): Promise<Buffer> {
    const bytes = Math.max(leastBytes, Math.min(this.#maxBytes, body.length * largestRatio));
    if (this.#under[proven] + bytes > budgets[proven]) throw refusals.overloaded();
    this.#under[proven] += bytes;
    try {
      return await inflateContent(body, encoding, this.#maxBytes);
    } catch (error) {
      if (error instanceof ContentTooLarge) throw refusals.inflatedTooLarge(this.#maxBytes);
      if (error instanceof MalformedEncoding) throw refusals.malformedEncoding(encoding);
      throw error;
    } finally {
      this.#under[proven] -= bytes;
    }
  }
}
