import type { Batch } from './batches.ts';

/**
 * Prepares batches for the caller. While there is much to read, the next batch is collected and prepared while the caller stores this one.
 * Once the reader has caught up, the next one is begun when this one is stored, and contains what has come until then.
 *
 * A failure to read or to prepare a batch is thrown when the batches before it are stored. Leaving the loop does not wait for the batch
 * ahead; it is dropped.
 */
export async function* readAhead<Prepared>(
  batches: AsyncIterator<Batch>,
  prepare: (batch: Batch) => Promise<Prepared>,
): AsyncGenerator<Prepared> {
  const begin = async () => {
    const { done, value: batch } = await batches.next();
    return done ? undefined : { prepared: await prepare(batch), caughtUp: batch.caughtUp };
  };
  let ahead: ReturnType<typeof begin> | undefined;
  for (;;) {
    const next = await (ahead ?? begin());
    if (next === undefined) return;
    ahead = next.caughtUp ? undefined : begin();
    ahead?.catch(() => {});
    yield next.prepared;
  }
}
