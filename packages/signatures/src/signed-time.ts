import type { DigestVerdict } from './digest.ts';
import type { SignatureVerdict } from './scheme.ts';

const wholeNumber = /^\d{1,20}$/;
/** In seconds this is the year 5138. The current time has 13 digits in milliseconds and 19 in nanoseconds. */
const beyondSeconds = 1e11;

/**
 * The verdict on a digest that covers a signed time: seconds since 1970, and no further from the time of receipt than the tolerance, in
 * either direction.
 *
 * A time in another unit is recognised without the secret. A time is reported as too old or in the future only if the digest is right:
 * with a wrong digest, the time may be forged.
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

/** In the senders' format: whole seconds since 1970. */
export const timestampOf = (signedAt: number): string => String(Math.floor(signedAt / 1000));
