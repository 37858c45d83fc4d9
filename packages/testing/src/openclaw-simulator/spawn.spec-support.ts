import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type RemoteOpenClawSimulator, remoteOpenClawSimulator } from './remote.spec-support.ts';

export interface SpawnedOpenClawSimulator extends RemoteOpenClawSimulator {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Node runs the sources directly; the build has its own main. */
const main = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url),
);

/** Starts the simulator as its own process, so that it survives when the services around it are killed. */
export const spawnOpenClawSimulator = async (
  options: { readonly port?: number; readonly token?: string; readonly historyFile?: string } = {},
): Promise<SpawnedOpenClawSimulator> => {
  const child = spawn(
    process.execPath,
    [
      main,
      '--until-stdin-ends',
      ...(options.port === undefined ? [] : ['--port', String(options.port)]),
      ...(options.token === undefined ? [] : ['--token', options.token]),
      ...(options.historyFile === undefined ? [] : ['--history-file', options.historyFile]),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, 'line'),
    exited.then(() => Promise.reject(new Error('The OpenClaw simulator did not start.'))),
  ]);
  const { url, token, controlUrl } = JSON.parse(String(line)) as Record<
    'url' | 'token' | 'controlUrl',
    string
  >;
  return {
    ...remoteOpenClawSimulator(controlUrl),
    url,
    token,
    pid: child.pid ?? 0,
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
};
