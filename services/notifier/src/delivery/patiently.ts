import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@mission-control/runtime';

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * Does the work until it succeeds. The pause after a failure doubles from 0.1 s to 5 s.
 *
 * @throws the reason of the signal, once it is aborted and the work fails
 */
export const patiently = async <T>(
  work: () => Promise<T>,
  { signal, log, what }: { signal: AbortSignal; log: Logger; what: string },
): Promise<T> => {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error, retry_in_ms: pauseMs }, `${what} failed; trying again`);
      await delay(pauseMs, undefined, { signal });
    }
  }
};
