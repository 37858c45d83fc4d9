import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CommandFailed } from '../command-failed.ts';
import { type Context, pathOf } from '../context.ts';

/** The text of a file, or of standard input for `-`. */
export const contentOf = async (context: Context, path: string): Promise<string> => {
  if (path === '-') return text(context.stdin);
  return (await bytesOf(context, path)).toString('utf8');
};

/** The bytes of a file. */
export const bytesOf = (context: Context, path: string): Promise<Buffer> =>
  readFile(pathOf(context, path)).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailed('usage', 'bad_file', `${path} cannot be read (${error.code}).`);
  });
