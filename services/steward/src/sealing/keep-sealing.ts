import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreUnavailable } from '@mission-control/event-store';
import { AnotherSealer } from './sealed-tree.ts';
import { Sealer, type SealerOptions } from './sealer.ts';

const standbyMs = 15_000;
const retryMs = 1_000;

/**
 * Seals events until the signal is aborted. If another process seals, stands by for some time, and tries again: it fails again if the other
 * one is still at work. While the event store is away, it tries again every second, without a word: the subscription reports the outage.
 *
 * @throws any other error
 */
export const keepSealing = async (options: SealerOptions, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      await Sealer.run(options, signal);
    } catch (error) {
      if (signal.aborted) return;
      const isAway = error instanceof EventStoreUnavailable;
      if (!isAway && !(error instanceof AnotherSealer)) {
        options.metrics.failed();
        throw error;
      }
      // Another process, or an alert of its own, tells what waits.
      options.metrics.watch(() => null);
      options.metrics.caughtUp();
      if (isAway)
        options.log.debug({ err: error, retry_in_ms: retryMs }, 'sealing waits for the event store');
      else options.log.info({ standby_ms: standbyMs }, 'another process seals events; standing by');
      await delay(isAway ? retryMs : standbyMs, undefined, { signal }).catch(() => {});
    }
  }
};
