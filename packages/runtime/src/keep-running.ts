import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from './observe/log.ts';

const firstPauseMs = 250;
const longestPauseMs = 10_000;
const healthyAfterMs = 30_000;

/**
 * Runs `work` again whenever it ends, until the signal is aborted. The pause before the next run doubles from 250 ms to 10 s, and
 * starts over once the work has run for 30 s. Errors for which `isFatal` returns true are thrown instead.
 */
export const keepRunning = async (
  name: string,
  work: () => Promise<void>,
  options: { signal: AbortSignal; log: Logger; isFatal?: (error: unknown) => boolean },
): Promise<void> => {
  const { signal, log, isFatal } = options;
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      await work();
      if (signal.aborted) return;
      log.warn(`${name} ended; restarting it`);
    } catch (error) {
      if (signal.aborted) return;
      if (isFatal?.(error)) throw error;
      log.warn({ err: error, retry_in_ms: pauseMs }, `${name} failed; restarting it`);
    }
    if (performance.now() - startedAt > healthyAfterMs) pauseMs = firstPauseMs;
    await delay(pauseMs, undefined, { signal }).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
};
