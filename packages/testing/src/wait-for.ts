import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for a condition: calls it until it returns something truthy, and resolves to that value. If the condition throws, it is called
 * again.
 *
 * @param options.timeout milliseconds; long by default, because only a failing test reaches it
 * @param options.pause milliseconds between two calls; long for a condition that costs much
 * @throws Error on timeout, with the last error of the condition as its cause
 */
export const waitFor = async <T>(
  condition: () => T | Promise<T>,
  { timeout = 60_000, pause = 20 }: { timeout?: number; pause?: number } = {},
): Promise<Exclude<T, false | null | undefined | 0 | ''>> => {
  const deadline = performance.now() + timeout;
  let last: unknown;
  for (let isLastCall = false; !isLastCall; ) {
    // This is checked before the call, so a process that was suspended past the deadline still calls the condition once more.
    isLastCall = performance.now() >= deadline;
    try {
      const result = await condition();
      if (result) return result as Exclude<T, false | null | undefined | 0 | ''>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await delay(pause);
  }
  const why = last === undefined ? condition.toString() : last instanceof Error ? last.message : String(last);
  throw new Error(`Waited ${timeout} ms in vain: ${why}`, { cause: last });
};
