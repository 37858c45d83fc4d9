import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { lowerPriority } from '@mission-control/embedded-servers';
import { keepRunning, type Logger } from '@mission-control/runtime';
import type { ServiceDefinition } from '../service-definitions.ts';
import { StartError } from '../start-error.ts';

const startAttempts = 3;
/** Between SIGTERM and SIGKILL. */
export const patienceMs = 2_500;
const rememberedLines = 12;

export interface SupervisedService {
  readonly name: string;
  /** Call this when the service counts as started: from then on it is always restarted when it ends. */
  readonly started: () => void;
  /** Rejects with a StartError if the service gives up before `started`; resolves when it has been stopped. */
  readonly ended: Promise<void>;
  /** SIGTERM, and after 2.5 s SIGKILL. */
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

/**
 * Runs a service as a child process in its own process group, so that Ctrl-C does not reach it before its turn to stop. If it ends by
 * itself it is restarted, after a pause that grows from 250 ms to 10 s. During startup, a service that rejects its configuration, or that
 * ends three times, makes the start fail instead.
 */
export const superviseService = (
  { name, program }: ServiceDefinition,
  options: {
    env: NodeJS.ProcessEnv;
    log: Logger;
    output: (line: string) => void;
    /** By how much its priority is lowered. */
    nice: number;
    onProcess: (pid: number) => Promise<void>;
  },
): SupervisedService => {
  const { log } = options;
  const stopping = new AbortController();
  let child: ChildProcess | null = null;
  let started = false;
  let attempts = 0;

  const runOnce = async () => {
    attempts++;
    child = spawn(process.execPath, [program], {
      env: options.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exit = once(child, 'exit');
    const lastLines = follow(child, options.output, log);
    if (child.pid !== undefined) {
      await options.onProcess(child.pid);
      await lowerPriority(child.pid, options.nice);
    }
    const [code, signal] = await exit;
    child = null;
    const how = signal ?? `exit code ${code}`;
    const rejected = lastLines.errors.some(isRejection);
    if (!started && !stopping.signal.aborted && (rejected || attempts >= startAttempts)) {
      const words = rejected ? lastLines.errors : lastLines.all;
      throw new StartError([`${name} failed to start (${how}).`, ...words].join('\n'));
    }
    throw withoutStack(new Error(`${name} exited unexpectedly (${how})`));
  };

  const ended = keepRunning(name, runOnce, {
    signal: stopping.signal,
    log,
    isFatal: (error) => error instanceof StartError,
  });
  // The code that waits for the start handles the rejection. Afterwards it can be ignored.
  ended.catch(() => {});
  const settled = ended.catch(() => {});

  const endWith = async (first: NodeJS.Signals) => {
    stopping.abort();
    child?.kill(first);
    const timer = new AbortController();
    await Promise.race([
      settled,
      delay(patienceMs, undefined, { signal: timer.signal }).then(
        () => child?.kill('SIGKILL'),
        () => {},
      ),
    ]);
    timer.abort();
    await settled;
  };
  return {
    name,
    ended,
    started: () => {
      started = true;
    },
    stop: () => endWith('SIGTERM'),
    kill: () => endWith('SIGKILL'),
  };
};

/** Recognises the first line of the message with which a service rejects its configuration. */
const isRejection = (line: string): boolean => line.endsWith(' cannot start:');

/** Passes on the service's own log lines unchanged. What it writes to standard error becomes a log entry. */
const follow = (child: ChildProcess, output: (line: string) => void, log: Logger) => {
  const last = { all: [] as string[], errors: [] as string[] };
  const remember = (lines: string[], line: string) => {
    lines.push(line);
    if (lines.length > rememberedLines) lines.shift();
  };
  linesOf(child.stdout, (line) => {
    remember(last.all, line);
    output(line);
  });
  linesOf(child.stderr, (line) => {
    remember(last.all, line);
    remember(last.errors, line);
    // The code that started the system reports the rejection, once.
    if (!last.errors.some(isRejection)) log.warn(line);
  });
  return last;
};

/** The stack only shows where this file noticed the end, which is no help. */
const withoutStack = (error: Error): Error => {
  delete error.stack;
  return error;
};

const linesOf = (stream: Readable | null, onLine: (line: string) => void): void => {
  if (stream) createInterface({ input: stream }).on('line', onLine);
};
