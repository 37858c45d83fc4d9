import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The program that `PROMTOOL_BIN` names, which the project's set-up sets, or the one on PATH. */
const program = [
  process.env.PROMTOOL_BIN ?? '',
  ...(process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'promtool')),
].find((file) => file !== '' && isProgram(file));

/** Why this machine cannot test alert rules; null if it can. */
export const noPromtool: string | null =
  program === undefined ? 'needs promtool: install prometheus, or name the program in PROMTOOL_BIN' : null;

/** Resolves to what it printed. @throws with that text if it finds a fault */
export const promtool = (args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    if (program === undefined) return reject(new Error(noPromtool ?? ''));
    execFile(program, [...args], (error, stdout, stderr) => {
      const text = `${stdout}${stderr}`;
      if (error) reject(new Error(`promtool ${args.join(' ')}:\n${text}`));
      else resolve(text);
    });
  });
