import { setTimeout as delay } from 'node:timers/promises';

/** Ends early, without an error, by the signal. */
export const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  if (milliseconds > 0) await delay(milliseconds, undefined, { signal }).catch(() => undefined);
};
