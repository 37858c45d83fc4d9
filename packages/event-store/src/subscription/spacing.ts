/** Milliseconds. */
const shortest = 2;
/** While the log grows slowly, as long as this at most, whatever the readers allow. */
const usual = 10;

/**
 * How long nothing is read after a batch, in ms, so that what arrives meanwhile is one batch. An event after a pause of the log is read at
 * once.
 *
 * As long as the batch covered events of the log, from 2 to 10 ms; at 500 events/s a few. After more than 20 events it is half as long as
 * that, up to `longest`: beyond 2,000 events/s each batch is larger than the one before it, and within some ten batches the pause is
 * `longest`.
 *
 * @param covered the number of events
 */
export const spacingAfter = (covered: number, longest: number): number =>
  Math.min(Math.max(Math.min(covered, usual), covered / 2, shortest), longest);
