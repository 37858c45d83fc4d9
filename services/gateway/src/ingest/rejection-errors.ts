import { ApiError } from '@mission-control/runtime';
import type { Scheme, SignatureFault } from '@mission-control/signatures';

const seconds = (value: number) => ({ headers: { 'retry-after': String(Math.max(1, Math.ceil(value))) } });

/** A request without a valid proof: 403, or the 401 that the sender's documentation requires. Only admins see the cause. */
export class Unproven extends ApiError {
  readonly fault: SignatureFault;

  constructor(fault: SignatureFault, { wwwAuthenticate }: Pick<Scheme, 'wwwAuthenticate'>) {
    const [code, detail] =
      fault === 'no_signature_header'
        ? ['signature_missing', 'Missing webhook signature header.']
        : ['signature_invalid', 'Invalid webhook signature.'];
    if (wwwAuthenticate === undefined) super(403, code, detail);
    else super(401, code, detail, { headers: { 'www-authenticate': wwwAuthenticate } });
    this.fault = fault;
  }
}

/** Every response that ingest gives instead of 202. The codes are stable. */
export const rejectionErrors = {
  tooManyRejections: (retryAfter: number) =>
    new ApiError(
      429,
      'too_many_rejected_requests',
      'Too many requests from this address were rejected.',
      seconds(retryAfter),
    ),
  payloadTooLarge: (limit: number) =>
    new ApiError(413, 'payload_too_large', `The payload is larger than ${limit} bytes.`),
  inflatedTooLarge: (limit: number) =>
    new ApiError(413, 'payload_too_large', `The inflated payload is larger than ${limit} bytes.`),
  tooLargeForStore: (cause: unknown) =>
    new ApiError(413, 'payload_too_large', 'The payload is larger than the event store accepts.', { cause }),
  ambiguousLength: () =>
    new ApiError(400, 'ambiguous_length', 'A request cannot have both Content-Length and Transfer-Encoding.'),
  /** @param accepted sent to the sender in `Accept-Encoding` (RFC 9110, 15.5.16) */
  contentEncoding: (accepted: readonly string[]) =>
    new ApiError(
      415,
      'unsupported_content_encoding',
      'This webhook does not accept this Content-Encoding. Send the payload uncompressed.',
      { headers: { 'accept-encoding': accepted.join(', ') || 'identity' } },
    ),
  malformedEncoding: (encoding: string) =>
    new ApiError(400, 'malformed_content_encoding', `The payload is not valid ${encoding}.`),
  sourceNotAllowed: () =>
    new ApiError(403, 'source_not_allowed', 'Requests from this address are not allowed.'),
  notFound: () => new ApiError(404, 'webhook_not_found', 'Webhook not found.'),
  disabled: () => new ApiError(410, 'webhook_disabled', 'Webhook is disabled.'),
  tooManyRequests: (retryAfter: number) =>
    new ApiError(429, 'webhook_rate_limited', 'Too many requests to this webhook.', seconds(retryAfter)),
  overloaded: () => new ApiError(503, 'overloaded', 'Too many requests at once. Try again.', seconds(1)),
  lookupUnavailable: (cause: unknown) =>
    new ApiError(
      503,
      'webhook_lookup_unavailable',
      'The webhook cannot be looked up at the moment. Try again.',
      {
        ...seconds(2),
        cause,
      },
    ),
  secretUnreadable: (cause: unknown) =>
    new ApiError(503, 'secret_unreadable', 'The secret of this webhook cannot be decrypted at the moment.', {
      ...seconds(60),
      cause,
    }),
  contentKeyUnavailable: (cause: unknown) =>
    new ApiError(
      503,
      'content_key_unavailable',
      'The payload cannot be encrypted at the moment. Try again.',
      { ...seconds(2), cause },
    ),
  storeUnavailable: (cause: unknown) =>
    new ApiError(503, 'event_store_unavailable', 'The payload cannot be stored at the moment. Try again.', {
      ...seconds(2),
      cause,
    }),
  storeFailed: (cause: unknown) =>
    new ApiError(503, 'event_store_failed', 'The event store failed to store the payload. Try again later.', {
      ...seconds(60),
      cause,
    }),
  storeBusy: (cause: unknown) =>
    new ApiError(503, 'event_store_busy', 'Too many payloads are waiting to be stored. Try again.', {
      ...seconds(1),
      cause,
    }),
} as const;
