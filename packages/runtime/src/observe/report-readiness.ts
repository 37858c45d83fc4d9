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
  const failing = new Set<string>();
  for (;;) {
    const usual = failing.size > 0 ? everyMsWhileFailing : everyMs;
    await delay(pauseMs ?? usual, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    const { checks } = await readiness();
    if (signal.aborted) return;
    for (const [check, { ok, reason }] of Object.entries(checks)) {
      if (ok === !failing.has(check)) continue;
      if (ok) {
        failing.delete(check);
        log.info({ check }, `check ${check} passes again`);
      } else {
        failing.add(check);
        log.warn({ check, reason }, `check ${check} fails: ${reason}`);
      }
    }
  }
};
