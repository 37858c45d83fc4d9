import { setTimeout as delay } from 'node:timers/promises';

/** The signal ends the pause early, without an error. */
export const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  if (milliseconds > 0) await delay(milliseconds, undefined, { signal }).catch(() => undefined);
};
