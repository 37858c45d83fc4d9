import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from './identity.ts';

const pollMs = 20;

/**
 * Ends a process that need not be a child of this one: sends the signals in order, and waits for the given time after each. The
 * identity is checked before every signal, so a pid that another process has reused is left alone.
 *
 * @throws Error if the process survived all signals
 */
export const endProcess = async (
  identity: ProcessIdentity,
  steps: readonly { signal: NodeJS.Signals; waitMs: number }[],
): Promise<void> => {
  for (const { signal, waitMs } of steps) {
    if (!(await isRunning(identity))) return;
    try {
      process.kill(identity.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    const deadline = performance.now() + waitMs;
    while (performance.now() < deadline) {
      if (!(await isRunning(identity))) return;
      await delay(pollMs);
    }
  }
  if (await isRunning(identity)) throw new Error(`Process ${identity.pid} survived all signals.`);
};
