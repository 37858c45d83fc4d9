import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { guardFolder } from '@mission-control/testing';
import { repositoryRoot } from './repository.ts';

export interface StartedProcess {
  readonly child: ChildProcess;
  /** Everything it has printed so far. */
  readonly output: () => string;
  /** Resolves once it has printed a match. @throws if it ends before that */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly exited: Promise<number | null>;
  /** SIGTERM, and SIGKILL after a minute, because a killed system leaves its servers behind. */
  readonly stop: () => Promise<void>;
}

/** Starts a script of this repository, or of another checkout, with Node. It ends with this process, however that ends. */
export const startProcess = (
  script: string,
  options: {
    args?: readonly string[];
    env?: Record<string, string | undefined>;
    /** The checkout, with a trailing slash. Its sources must be compiled. */
    root?: string | undefined;
    cwd?: string;
    /** Arguments for Node itself, before the script. */
    nodeArgs?: readonly string[];
    /** The user and group that it runs as. Only root can choose. */
    uid?: number | undefined;
    /** A program and its arguments that becomes the process: it executes the command given after them. */
    within?: readonly string[] | undefined;
    /** Keeps standard input open for the caller. */
    stdin?: boolean;
  } = {},
): StartedProcess => {
  const [program = process.execPath, ...args] = [
    ...(options.within ?? []),
    process.execPath,
    ...(options.nodeArgs ?? []),
    `${options.root ?? repositoryRoot}${script}`,
    ...(options.args ?? []),
  ];
  const child = spawn(program, args, {
    cwd: options.cwd ?? repositoryRoot,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NATS_SERVER_BIN: process.env.NATS_SERVER_BIN,
      // A third of the CPU time of a start is the compilation of the same modules. Node 20 ignores it.
      NODE_COMPILE_CACHE: join(repositoryRoot, 'node_modules/.cache/compiled'),
      ...options.env,
    },
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
    stdio: [options.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let more = Promise.withResolvers<void>();
  const wake = () => {
    more.resolve();
    more = Promise.withResolvers();
  };
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
    wake();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const forget = guardProcess(child.pid ?? 0);
  const exited = once(child, 'close').then(async ([code]) => {
    await forget();
    return code as number | null;
  });
  let ended = false;
  void exited.then(() => {
    ended = true;
    wake();
  });
  return {
    child,
    output: () => output,
    printed: async (pattern) => {
      for (;;) {
        const match = pattern.exec(output);
        if (match) return match;
        if (ended) throw new Error(`${script} ended before it printed ${pattern}:\n${output}`);
        await more.promise;
      }
    },
    exited,
    stop: async () => {
      if (ended) return;
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), 60_000);
      await exited;
      clearTimeout(killer);
    },
  };
};

/** Resolves once the URL answers 200. */
export const answersOk = async (url: string, timeoutMs: number): Promise<void> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const status = await fetch(url, { signal: AbortSignal.timeout(20_000) })
      .then((response) => response.status)
      .catch((error: Error) => error.message);
    if (status === 200) return;
    if (performance.now() > deadline)
      throw new Error(`${url} did not answer 200 within ${timeoutMs} ms: ${status}`);
    await delay(50);
  }
};

/** Ends the process when this one dies. Call the returned function once the process has ended. */
const guardProcess = (pid: number): (() => Promise<void>) => {
  const folder = mkdtempSync(join(tmpdir(), 'mission-control-process-'));
  const guard = guardFolder(folder);
  const note = join(folder, 'services.json');
  writeFileSync(note, JSON.stringify({ process: { pid } }));
  return () => {
    rmSync(note);
    return guard.release();
  };
};
