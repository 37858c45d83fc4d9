import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 20;

/**
 * Awaits a condition: calls it until it returns something truthy, and resolves to that. A condition that throws is asked
 * again.
 *
 * @param options.timeout milliseconds; long by default, because only a failing test reaches it
 * @throws Error when the time is over, with what the condition threw last as its cause
 */
export const waitFor = async <T>(
  condition: () => T | Promise<T>,
  { timeout = 60_000 }: { timeout?: number } = {},
): Promise<Exclude<T, false | null | undefined | 0 | ''>> => {
  const deadline = performance.now() + timeout;
  let last: unknown;
  for (let isLastCall = false; !isLastCall; ) {
    // Checked before the call: a process that was suspended past the deadline still asks once more.
    isLastCall = performance.now() >= deadline;
    try {
      const result = await condition();
      if (result) return result as Exclude<T, false | null | undefined | 0 | ''>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await delay(pollMs);
  }
  const why = last === undefined ? condition.toString() : last instanceof Error ? last.message : String(last);
  throw new Error(`Waited ${timeout} ms in vain: ${why}`, { cause: last });
};
