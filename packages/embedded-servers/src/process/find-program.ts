import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The program on PATH, otherwise the one at `unpacked`; undefined if neither can be run.
 *
 * @param unpacked where set-up puts the program if the machine does not have it
 */
export const findProgram = (
  name: string,
  unpacked: string,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined => {
  const onPath = (env.PATH ?? '').split(delimiter).map((directory) => join(directory, name));
  return [...onPath, unpacked].find(isExecutable);
};

export const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
