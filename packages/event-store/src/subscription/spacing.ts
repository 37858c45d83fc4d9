/** How patient a subscription is that does not say so. Milliseconds, like the following ones. */
export const usualPatienceMs = 10;
/** The shortest pause, and that of a process whose subscriptions are all more patient than usual. */
const shortest = { usual: 2, patient: 25 };

/**
 * How long the tail reads nothing after a batch, in ms, so that what arrives meanwhile is one batch: as many as the batch covered events of
 * the log, but not longer than the least patient subscription waits. An event after a pause of the log is read at once. At 2,000 events/s a
 * batch covers about 20. At 400 events/s, one of a patient process covers 10 instead of 1 or 2.
 *
 * @param patienceMs of each subscription
 */
export const spacingAfter = (covered: number, patienceMs: readonly number[]): number => {
  const patience = Math.min(...patienceMs);
  return Math.min(
    Math.max(covered, patience > usualPatienceMs ? shortest.patient : shortest.usual),
    patience,
  );
};
