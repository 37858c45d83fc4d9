import { setTimeout as delay } from 'node:timers/promises';
import { AnotherSealer } from './sealed-tree.ts';
import { Sealer, type SealerOptions } from './sealer.ts';

const standbyMs = 15_000;

/**
 * Seals events until the signal is aborted. If another process seals, stands by for some time, and tries again: it fails again if the other
 * one is still at work.
 *
 * @throws any other error
 */
export const keepSealing = async (options: SealerOptions, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      await Sealer.run(options, signal);
    } catch (error) {
      if (!(error instanceof AnotherSealer)) throw error;
      options.log.info({ standby_ms: standbyMs }, 'another process seals events; standing by');
      await delay(standbyMs, undefined, { signal }).catch(() => {});
    }
  }
};
