/** Milliseconds. */
const shortest = 2;
/** How patient a subscription is that does not say so. */
export const usualPatienceMs = 10;

/**
 * How long the tail reads nothing after a batch, in ms, so that what arrives meanwhile is one batch: as many as the batch covered events of
 * the log, but not longer than the least patient subscription waits. An event after a pause of the log is read at once. At 2,000 events/s a
 * batch covers about 20.
 *
 * @param patienceMs of each subscription
 */
export const spacingAfter = (covered: number, patienceMs: readonly number[]): number =>
  Math.min(Math.max(covered, shortest), ...patienceMs);
