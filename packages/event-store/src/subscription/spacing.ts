/** How patient a subscription is that does not say so. Milliseconds, like the following ones. */
export const usualPatienceMs = 10;
const shortestMs = 2;

/**
 * How long the tail reads nothing after a batch, in ms, so that what arrives meanwhile is one batch: as many as the batch covered events of
 * the log, but not longer than the least patient subscription waits. At 2,000 events/s a batch covers about 20. A process whose
 * subscriptions are all more patient than usual pauses as long as they wait: at 400 events/s, a batch then covers 10 or more instead of 1 or
 * 2. An event after a pause of the log is read at once.
 *
 * @param patienceMs of each subscription
 */
export const spacingAfter = (covered: number, patienceMs: readonly number[]): number => {
  const patience = Math.min(...patienceMs);
  return patience > usualPatienceMs ? patience : Math.min(Math.max(covered, shortestMs), patience);
};
