import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, loadConfig, withoutInvisibleEnds } from '@mission-control/runtime';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { CommandFailed } from '../command-failed.ts';
import { type Context, pathOf } from '../context.ts';
import { numberFrom } from '../input/numbers.ts';

export interface ConnectionOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly timeout: number;
}

const heading = 'Connection:';

const baseUrl = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('It must begin with http:// or https://.');
  if (url.username || url.password) throw new InvalidArgumentError('It must not contain a user or password.');
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
};

/** Options of every command that calls the API. */
export const withConnection = (command: Command): Command =>
  command
    .optionsGroup(heading)
    .addOption(
      new Option('--url <url>', 'the system (default: http://localhost:$PORT, or port 8000)')
        .env('MCW_URL')
        .argParser(baseUrl),
    )
    .addOption(
      new Option(
        '--token-file <file>',
        'a file with the token (default: MCW_TOKEN or MCW_TOKEN_FILE, LOCAL_AUTH_TOKEN or LOCAL_AUTH_TOKEN_FILE, else $DATA_DIR/admin-token)',
      ),
    )
    .addOption(
      new Option('--timeout <seconds>', 'how long to wait for an answer')
        .argParser(numberFrom(1, 3600))
        .default(60),
    );

export const urlOf = ({ url }: ConnectionOptions, { env }: Context): string =>
  url ?? `http://localhost:${env.PORT || '8000'}`;

const token = {
  schema: z.string().optional(),
  example: '"$(cat .data/admin-token)"',
  secret: true,
};

/**
 * The bearer token. Of several (`name=token,name=token`), the first.
 *
 * @throws CommandFailed without printing what was read
 */
export const tokenOf = ({ tokenFile }: ConnectionOptions, context: Context): string => {
  const { text, source } = tokenFile ? fromFile(pathOf(context, tokenFile)) : fromVariables(context);
  const [first = ''] = text.split(',');
  const value = withoutInvisibleEnds(first).replace(/^[\w.-]+=/, '');
  if (!/^[\x21-\x7e]+$/.test(value))
    throw new CommandFailed('denied', 'bad_token', `${source} does not contain a token.`);
  return value;
};

const fromVariables = (context: Context): { text: string; source: string } => {
  for (const name of ['MCW_TOKEN', 'LOCAL_AUTH_TOKEN']) {
    try {
      const text = loadConfig({ [name]: token }, context.env)[name];
      if (text !== undefined) return { text, source: name };
    } catch (error) {
      if (error instanceof ConfigError) throw new CommandFailed('usage', 'bad_variable', error.message);
      throw error;
    }
  }
  return fromFile(join(context.env.DATA_DIR || '.data', 'admin-token'), true);
};

const fromFile = (path: string, isLast = false): { text: string; source: string } => {
  try {
    return { text: readFileSync(path, 'utf8'), source: path };
  } catch (error) {
    const why = `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`;
    const message = isLast
      ? `No token: neither MCW_TOKEN nor LOCAL_AUTH_TOKEN is set, and ${why}. Set MCW_TOKEN_FILE or use --token-file.`
      : `${why}.`;
    throw new CommandFailed('denied', 'no_token', message);
  }
};
