import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { StartError } from '../start-error.ts';
import { lockName } from './lock.ts';
import { versionName } from './version.ts';

/**
 * Creates the data directory, accessible only to its owner.
 *
 * @throws StartError if it cannot be created, or holds unrelated files
 */
export const prepareDirectory = (directory: string): void => {
  try {
    if (!existsSync(directory)) mkdirSync(directory, { recursive: true, mode: 0o700 });
    const names = readdirSync(directory);
    const ours = names.some((name) => name === versionName || name.startsWith(lockName));
    if (names.length > 0 && !ours) {
      throw new StartError(
        `DATA_DIR is ${directory}, which contains other files. Use an empty or new folder. Example: DATA_DIR=.data`,
      );
    }
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      `DATA_DIR is ${directory}, which cannot be used: ${(error as Error).message}. Example: DATA_DIR=.data`,
    );
  }
};
