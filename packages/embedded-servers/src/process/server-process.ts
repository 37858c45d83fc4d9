import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { lowerPriority } from './priority.ts';
import { removeRunFile, writeRunFile } from './run-file.ts';

const usualStartWithinMs = 60_000;
const pollMs = 15;
const tailBytes = 4_000;

export interface ServerProcess {
  readonly pid: number;
  /** Sends the signals in order until the process is gone. Resolves when it is. */
  readonly stop: (steps: readonly { signal: NodeJS.Signals; waitMs: number }[]) => Promise<void>;
  readonly exited: Promise<void>;
}

export interface ServerCommand {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly options?: Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'>;
  /** The directory that the run file is next to. */
  readonly dataDir: string;
  readonly logFile: string;
  /** By how much its priority is lowered (`lowerPriority`); 0 by default. */
  readonly nice?: number;
  /** How long it may take to become ready; 60 s by default. */
  readonly startWithinMs?: number;
}

/** The server ended before it was ready. `log` holds the last lines that it wrote. */
export class ServerEndedError extends Error {
  readonly log: string;

  constructor(command: ServerCommand, outcome: string) {
    const log = tailOf(command.logFile);
    super(`${command.name} did not start (${outcome}). The end of ${command.logFile}:\n${log}`);
    this.name = 'ServerEndedError';
    this.log = log;
  }
}

/**
 * Starts a server in its own process group, so that Ctrl-C on the terminal does not reach it before its owner has stopped what depends
 * on it, and waits until `probe` resolves. Its output goes straight to the log file, so it can go on writing after its owner is killed.
 * The log of the last run is kept as `<logFile>.1`.
 *
 * @throws ServerEndedError if it exits first; Error if it is not ready in time
 */
export const startServer = async (
  command: ServerCommand,
  probe: () => Promise<void>,
): Promise<ServerProcess> => {
  const child = spawnLogged(command);
  let outcome: string | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      outcome = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      outcome = signal ?? `exit code ${code}`;
      resolve();
    });
  });
  const stop: ServerProcess['stop'] = async (steps) => {
    for (const { signal, waitMs } of steps) {
      if (outcome !== undefined) break;
      child.kill(signal);
      await within(waitMs, exited);
    }
    await exited;
    removeRunFile(command.dataDir);
  };
  if (child.pid !== undefined) {
    await writeRunFile(command.dataDir, child.pid);
    await lowerPriority(child.pid, command.nice ?? 0);
  }
  const deadline = performance.now() + (command.startWithinMs ?? usualStartWithinMs);
  for (;;) {
    if (outcome !== undefined || child.pid === undefined) {
      await exited;
      removeRunFile(command.dataDir);
      throw new ServerEndedError(command, outcome ?? 'not spawned');
    }
    try {
      await probe();
      return { pid: child.pid, stop, exited };
    } catch (error) {
      // The rejection may come from another server that already uses the port. This server is then about to exit.
      if (error instanceof FinalProbeError) await within(1_000, exited);
      if (outcome === undefined && (performance.now() > deadline || error instanceof FinalProbeError)) {
        await stop([{ signal: 'SIGKILL', waitMs: 5_000 }]);
        throw error;
      }
    }
    await within(pollMs, exited);
  }
};

/** A probe throws this if waiting longer cannot help. */
export class FinalProbeError extends Error {}

const spawnLogged = (command: ServerCommand): ChildProcess => {
  if (existsSync(command.logFile)) renameSync(command.logFile, `${command.logFile}.1`);
  const log = openSync(command.logFile, 'a', 0o600);
  try {
    return spawn(command.file, command.args, {
      ...command.options,
      detached: true,
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
};

const within = async (ms: number, event: Promise<void>): Promise<void> => {
  const timer = new AbortController();
  await Promise.race([event, delay(ms, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
};

const tailOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').slice(-tailBytes).trim();
  } catch {
    return '';
  }
};
