import { readdir, writeFile } from 'node:fs/promises';
import { getPriority, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const lowest = 19;
/** Linux lets users change the number of a session only every 100 ms, all users together. */
const betweenWritesMs = 110;
const attempts = 30;

/**
 * Lets a process that leads its session (`detached`) work only with the processor time that others leave over, in proportion: 10 is about a
 * tenth of the share of a process at 0. Needs no privileges, and does nothing where the system does not support it.
 *
 * Linux has two such numbers. Each thread has one, which counts within its control group. Outside of containers and systemd units, sessions
 * compete instead of threads, by a number of their own: without it, the threads' numbers would have no effect.
 *
 * @param nice 0 to 19, in addition to what this process has itself
 */
export const lowerPriority = async (pid: number, nice: number): Promise<void> => {
  if (nice === 0) return;
  const priority = Math.min(lowest, getPriority() + nice);
  const lower = (thread: number): void => {
    try {
      setPriority(thread, priority);
    } catch {
      // The process or thread has ended, or somebody has given it a lower priority.
    }
  };
  // The main thread first: threads inherit it from the one that starts them.
  lower(pid);
  for (const thread of await readdir(`/proc/${pid}/task`).catch(() => [])) lower(Number(thread));
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const failure = await writeFile(`/proc/${pid}/autogroup`, String(nice)).catch((error) => error.code);
    if (failure !== 'EAGAIN') return;
    await delay(betweenWritesMs);
  }
};
