import {
  type ContentEncoding,
  ContentTooLarge,
  inflateContent,
  MalformedEncoding,
} from '@mission-control/contracts';
import { rejectionErrors } from './rejection-errors.ts';

/** Whether the request's signature has been verified. */
export type Proven = 'proven' | 'unproven';

/**
 * Limits the output bytes of all inflate operations in progress. Unproven requests share one budget, so no number of them uses more
 * memory, or more zlib threads, than this allows. Proven requests have their own budget, which unproven ones cannot use up. It is twice
 * the largest configurable body.
 */
const budgets: Readonly<Record<Proven, number>> = { proven: 64 * 1024 * 1024, unproven: 32 * 1024 * 1024 };

/** https://www.zlib.net/zlib_tech.html: deflate inflates to 1,032 times its size at most. */
const largestRatio = 1_032;
/** Memory that a zlib stream needs by itself. */
const leastBytes = 64 * 1024;

/** Inflates encoded bodies in zlib's threads, within process-wide limits. */
export class Inflater {
  readonly #maxBytes: number;
  readonly #under: Record<Proven, number> = { proven: 0, unproven: 0 };

  /** @param maxBytes the maximum size of one body's content */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws ApiError 400 when the body is not encoded as declared, 413 when its content is too large, 503 when the budget is used up */
  async inflate(body: Buffer, encoding: ContentEncoding, proven: Proven): Promise<Buffer> {
    const bytes = Math.max(leastBytes, Math.min(this.#maxBytes, body.length * largestRatio));
    if (this.#under[proven] + bytes > budgets[proven]) throw rejectionErrors.overloaded();
    this.#under[proven] += bytes;
    try {
      return await inflateContent(body, encoding, this.#maxBytes);
    } catch (error) {
      if (error instanceof ContentTooLarge) throw rejectionErrors.inflatedTooLarge(this.#maxBytes);
      if (error instanceof MalformedEncoding) throw rejectionErrors.malformedEncoding(encoding);
      throw error;
    } finally {
      this.#under[proven] -= bytes;
    }
  }
}
