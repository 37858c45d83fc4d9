import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CommandFailed } from '../command-failed.ts';
import { type Context, pathOf } from '../context.ts';

/** The text of a file, or of standard input for `-`. */
export const contentOf = async (context: Context, path: string): Promise<string> => {
  if (path === '-') return text(context.stdin);
  return (await bytesOf(context, path)).toString('utf8');
};

/** The JSON object in a file, or in standard input for `-`. */
export const objectIn = async (context: Context, path: string): Promise<object> => {
  const content = await contentOf(context, path)
    .then(JSON.parse)
    .catch((error: unknown) => {
      if (error instanceof SyntaxError) return null;
      throw error;
    });
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content;
  throw new CommandFailed('usage', 'bad_file', `${path} must contain a JSON object.`);
};

/** The bytes of a file. */
export const bytesOf = (context: Context, path: string): Promise<Buffer> =>
  readFile(pathOf(context, path)).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailed('usage', 'bad_file', `${path} cannot be read (${error.code}).`);
  });
