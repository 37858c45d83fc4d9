import type { IncomingHttpHeaders } from 'node:http';
import { rejectionErrors } from './rejection-errors.ts';

/**
 * Rejects by headers alone, before the body is read.
 *
 * @throws ApiError 413 or 400
 */
export const checkHeaders = (headers: IncomingHttpHeaders, maxBytes: number): void => {
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw rejectionErrors.payloadTooLarge(maxBytes);
  if (headers['transfer-encoding'] !== undefined && headers['content-length'] !== undefined) {
    throw rejectionErrors.ambiguousLength();
  }
};
