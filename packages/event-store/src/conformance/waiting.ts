import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds that a case waits for one result. Only a failure takes that long. */
export const patience = 60_000;

/** Rejects when the promise takes longer than `milliseconds`. */
export const within = async <T>(milliseconds: number, what: string, promise: Promise<T>): Promise<T> => {
  const over = new AbortController();
  const deadline = delay(milliseconds, undefined, { signal: over.signal }).then(() => {
    throw new Error(`${what} did not happen within ${milliseconds} ms`);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    over.abort();
    deadline.catch(() => {});
  }
};

/** Polls until the condition is true. */
export const eventually = async (
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> => {
  const deadline = performance.now() + patience;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`timed out waiting until ${what}`);
    await delay(20);
  }
};

/** Resolves to the measured number once it has stayed the same for half a second. */
export const settled = async (what: string, measure: () => number): Promise<number> => {
  let since = performance.now();
  let last = measure();
  await eventually(`${what} stays the same`, () => {
    const now = measure();
    if (now !== last) since = performance.now();
    last = now;
    return performance.now() - since > 500;
  });
  return last;
};
