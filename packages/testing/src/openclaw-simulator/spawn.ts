import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type RemoteOpenClawSimulator, remoteOpenClawSimulator } from './remote.ts';
import type { OpenClawSimulatorOptions } from './start.ts';

export interface SpawnedOpenClawSimulator extends RemoteOpenClawSimulator {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** kill -9. Spawn another with the same port, token and history file to start it again. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Node runs the sources directly; the build has its own main. */
const main = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url),
);

/**
 * Starts the simulator as its own process, which a test can kill, and which survives when the services around it are killed.
 * @public for tests of the whole system
 */
export const spawnOpenClawSimulator = async ({
  port,
  token,
  historyFile,
  ...options
}: Omit<OpenClawSimulatorOptions, 'historyHeldUntil'> = {}): Promise<SpawnedOpenClawSimulator> => {
  const child = spawn(
    process.execPath,
    [
      main,
      '--until-stdin-ends',
      ...(port === undefined ? [] : ['--port', String(port)]),
      ...(token === undefined ? [] : ['--token', token]),
      ...(historyFile === undefined ? [] : ['--history-file', historyFile]),
      ...['--options', JSON.stringify(options)],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, 'line'),
    exited.then(() => Promise.reject(new Error('The OpenClaw simulator did not start.'))),
  ]);
  const started = JSON.parse(String(line)) as Record<'url' | 'token' | 'controlUrl', string>;
  return {
    ...remoteOpenClawSimulator(started.controlUrl),
    url: started.url,
    token: started.token,
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
};
