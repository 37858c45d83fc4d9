import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetUpError } from './steps.mjs';

/**
 * Finds a program that the machine may have: the one that `variable` names, the one on PATH, or one unpacked earlier.
 *
 * @returns its path, or undefined
 * @throws SetUpError if the variable names something that cannot be run
 */
export const findProgram = (name, { variable, unpacked }) => {
  const named = process.env[variable];
  if (named) {
    if (isExecutable(named)) return named;
    throw new SetUpError(`${variable} names ${named}, which cannot be run.`, `unset ${variable}`);
  }
  const onPath = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, name));
  return [...onPath, unpacked].find(isExecutable);
};

/** Does the work in a folder that is removed afterwards, on the same file system as `folder`. */
export const inScratchFolder = async (folder, work) => {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'unpack-'));
  try {
    return await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
