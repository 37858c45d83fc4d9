import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { vi } from 'vitest';
import { runMcw } from '../../../services/cli/src/run-mcw.ts';
import { repositoryRoot } from '../system/repository.ts';
import type { RunningSystem } from '../system/standalone.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const inherited = { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE };

/** Runs `mcw` as its own process. */
export const startMcw = async (
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>>; input?: string; signal?: AbortSignal } = {},
): Promise<Ran> => {
  const child = spawn(process.execPath, [`${repositoryRoot}services/cli/bin/mcw`, ...args], {
    cwd: repositoryRoot,
    env: { ...inherited, ...options.env },
  });
  options.signal?.addEventListener('abort', () => child.kill('SIGINT'));
  child.stdin.end(options.input ?? '');
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([buffer(child.stdout), buffer(child.stderr), exited]);
  return { code, stdout, stderr: stderr.toString() };
};

/** Runs a command in this process, which has loaded the modules. */
const runHere = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  // Options have defaults from the variables of the process.
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const printed = Promise.all([buffer(stdout), buffer(stderr)]);
  const { signal } = new AbortController();
  const code = await runMcw({ env, stdin, stdout, stderr, signal }, args).finally(() => {
    stdout.end();
    stderr.end();
  });
  const [out, err] = await printed;
  return { code, stdout: out, stderr: err.toString() };
};

/** Runs a command that does not end by itself. */
export const followMcw = (args: readonly string[], env: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, [`${repositoryRoot}services/cli/bin/mcw`, ...args], {
    cwd: repositoryRoot,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const stderr = buffer(child.stderr);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    /** What it has printed so far. */
    output: () => stdout,
    /** Ends it like Ctrl-C does. */
    interrupt: async () => {
      child.kill('SIGINT');
      return { code: await exited, stderr: (await stderr).toString() };
    },
  };
};

/** Commands against a running system, which read its token from its data directory. */
export const mcwOf = ({ url, dataDir }: RunningSystem) => {
  const env = { MCW_URL: url, DATA_DIR: dataDir };
  const run = (...args: readonly string[]) => runHere(args, env);
  /** @throws unless the command succeeds */
  const text = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args);
    if (code !== 0) throw new Error(`mcw ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout.toString();
  };
  return {
    env,
    run,
    text,
    json: async <T>(...args: readonly string[]): Promise<T> => JSON.parse(await text(...args, '--json')) as T,
    lines: async <T>(...args: readonly string[]): Promise<T[]> =>
      (await text(...args, '--json'))
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as T),
  };
};
