import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { CommanderError } from 'commander';
import { CommandFailed } from '../command-failed.ts';
import type { Context } from '../context.ts';
import { mcwProgram } from '../program.ts';

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** What it failed with. */
  readonly error: unknown;
}

/** Runs a command in this process. */
export const runMcw = async (
  args: readonly string[],
  options: { env?: Context['env']; terminal?: boolean; signal?: AbortSignal } = {},
): Promise<Ran> => {
  const texts = { stdout: '', stderr: '' };
  const outputOf = (name: keyof typeof texts) =>
    Object.assign(new PassThrough(), options.terminal ? { isTTY: true, columns: 120 } : {}).on(
      'data',
      (chunk: Buffer) => {
        texts[name] += chunk.toString('latin1');
      },
    );
  const context: Context = {
    env: options.env ?? {},
    stdin: new PassThrough(),
    stdout: outputOf('stdout'),
    stderr: outputOf('stderr'),
    signal: options.signal ?? new AbortController().signal,
  };
  const error = await mcwProgram(context)
    .parseAsync(args, { from: 'user' })
    .then(
      () => null,
      (failure: unknown) => failure,
    );
  const utf8 = (text: string) => Buffer.from(text, 'latin1').toString();
  return { stdout: utf8(texts.stdout), stderr: utf8(texts.stderr), error };
};

export const failureOf = ({ error }: Ran): { exit: string; code: string; message: string } => {
  if (error instanceof CommandFailed) return { exit: error.exit, code: error.code, message: error.message };
  if (error instanceof CommanderError) return { exit: 'usage', code: error.code, message: error.message };
  throw error ?? new Error('it did not fail');
};

/** A server that is not ours, or behaves as ours cannot be made to. */
export const startServer = async (
  listener: RequestListener,
): Promise<{ url: string; stop: () => Promise<void> }> => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
