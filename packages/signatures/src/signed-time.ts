import type { DigestVerdict } from './digest.ts';
import type { SignatureVerdict } from './scheme.ts';

const wholeNumber = /^\d{1,20}$/;
/** In seconds this is the year 5138; a present time in milliseconds has 13 digits, in nanoseconds 19. */
const beyondSeconds = 1e11;

/**
 * The verdict on a digest that covers a signed time: seconds since 1970, no further from receipt than is tolerated, either way.
 *
 * A time in another unit shows without the secret. Whether a time is too old or in the future is told only of a right digest: with a
 * wrong one the time may be anybody's.
 */
export const verdictWithTime = (
  timestamp: string,
  { receivedAt, toleranceSeconds }: { readonly receivedAt: number; readonly toleranceSeconds: number },
  compare: () => DigestVerdict,
): SignatureVerdict => {
  if (!wholeNumber.test(timestamp)) return 'unknown_format';
  const signedAt = Number(timestamp);
  if (signedAt >= beyondSeconds) return 'timestamp_unit';
  const verdict = compare();
  if (verdict !== 'valid') return verdict;
  const age = receivedAt / 1000 - signedAt;
  if (age > toleranceSeconds) return 'timestamp_too_old';
  return age < -toleranceSeconds ? 'timestamp_in_future' : 'valid';
};

/** As senders sign it: whole seconds since 1970. */
export const timestampOf = (signedAt: number): string => String(Math.floor(signedAt / 1000));
