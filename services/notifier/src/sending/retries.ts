export interface RetryPolicy {
  /** Attempts after the first. */
  readonly maxRetries: number;
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Milliseconds until the next attempt: min(base · 2ⁿ, max) plus up to 10 % jitter, so that lanes do not all retry at once. Longer if the
 * OpenClaw gateway asks for it, up to max. null: no attempt is left.
 *
 * @param failures number of failed attempts so far, from 1
 * @param random from 0 to 1
 */
export const retryDelayMs = (
  failures: number,
  policy: RetryPolicy,
  random: number,
  askedForMs = 0,
): number | null => {
  if (failures > policy.maxRetries) return null;
  const wait = Math.min(policy.baseMs * 2 ** (failures - 1), policy.maxMs);
  return Math.round(Math.max(wait * (1 + random / 10), Math.min(askedForMs, policy.maxMs)));
};
