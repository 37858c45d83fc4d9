import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from './log.ts';
import type { Readiness } from './readiness.ts';

const everyMs = 5_000;
const everyMsWhileFailing = 1_000;

/**
 * Logs what the service lacks, and when it has it back, until the signal is aborted: /readyz shows it only to those who ask. A service that
 * has just started lacks something for a moment, so the first look is after a pause, too.
 */
export const reportReadiness = async (
  readiness: () => Promise<Readiness>,
  { log, signal, pauseMs }: { log: Logger; signal: AbortSignal; pauseMs?: number },
): Promise<void> => {
  /** Since when, by the name of the check. */
  const failing = new Map<string, number>();
  for (;;) {
    const usual = failing.size > 0 ? everyMsWhileFailing : everyMs;
    await delay(pauseMs ?? usual, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    const { checks } = await readiness();
    if (signal.aborted) return;
    for (const [check, { ok, reason }] of Object.entries(checks)) {
      if (ok === !failing.has(check)) continue;
      const since = failing.get(check);
      if (since !== undefined) {
        failing.delete(check);
        const seconds = Math.round((performance.now() - since) / 1_000);
        log.info({ check, seconds }, `check ${check} passes again`);
      } else {
        failing.set(check, performance.now());
        log.warn({ check, reason }, `check ${check} fails: ${reason}`);
      }
    }
  }
};
