import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyProcess, isRunning, type ProcessIdentity } from '@mission-control/embedded-servers';
import { StartError } from '../start-error.ts';

export const lockName = 'LOCK';

/**
 * Locks the directory for this process. The lock of a process that is gone is taken over, however the process ended: another process
 * may have reused its pid, but not its start time.
 *
 * @returns a function that releases the directory
 * @throws StartError if a living process holds the lock
 */
export const lockDirectory = async (directory: string): Promise<() => void> => {
  const lock = join(directory, lockName);
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(await identifyProcess(process.pid)), { mode: 0o600 });
  try {
    for (;;) {
      // A link appears complete or not at all, unlike a file that is opened and then written.
      if (happened(() => linkSync(mine, lock), 'EEXIST')) return () => rmSync(lock, { force: true });
      const content = read(lock);
      const owner = parse(content);
      if (owner && (await isRunning(owner))) {
        throw new StartError(
          `The system is already running on ${directory} (process ${owner.pid}). Stop it first, or set another DATA_DIR and PORT.`,
        );
      }
      if (content !== null) takeAway(lock, content);
    }
  } finally {
    rmSync(mine, { force: true });
  }
};

/** Removes a dead owner's lock, unless another process has just done so and now holds it. */
const takeAway = (lock: string, content: string): void => {
  const aside = `${lock}.dead.${process.pid}`;
  if (!happened(() => renameSync(lock, aside), 'ENOENT')) return;
  if (read(aside) !== content) happened(() => linkSync(aside, lock), 'EEXIST');
  rmSync(aside, { force: true });
};

/** Whether the action succeeded. An error with this code means that it did not. */
const happened = (action: () => void, expectedCode: string): boolean => {
  try {
    action();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === expectedCode) return false;
    throw error;
  }
};

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

const parse = (content: string | null): ProcessIdentity | null => {
  try {
    return JSON.parse(content ?? '') as ProcessIdentity | null;
  } catch {
    return null;
  }
};
