import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@mission-control/free-ports';
import { guardFolder } from '@mission-control/testing';
import { AdminClient } from './admin-client.ts';
import { type StartedProcess, startProcess } from './service-process.ts';

/** Less than the timeout of a test's hook, so that what was started is stopped. */
const readyWithinMs = 180_000;

export const serviceNames = ['gateway', 'admin-api', 'projector', 'relay', 'notifier', 'steward'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface RunningSystem {
  readonly url: string;
  readonly dataDir: string;
  readonly admin: AdminClient;
  readonly adminToken: string;
  readonly process: StartedProcess;
  readonly pidOf: (name: ServiceName) => Promise<number>;
  /** Of the embedded nats-server. */
  readonly natsPid: () => Promise<number>;
  /** kill -9 of one service, which the system then restarts. Resolves to the pid that it had. */
  readonly killService: (name: ServiceName) => Promise<number>;
  /** kill -9 of nats-server, and removal of all its data before it is restarted. */
  readonly loseNats: () => Promise<void>;
  /** Stops the system. Removes its data unless it was given a folder. Resolves to the exit code. */
  readonly stop: () => Promise<number | null>;
}

/**
 * Starts the whole system as `npm start` does, on a free port and, by default, in a temporary data directory.
 *
 * @param options.root another checkout's folder, with a trailing slash; this repository if absent
 */
export const startSystem = async (
  options: { dataDir?: string; env?: Record<string, string | undefined>; root?: string } = {},
): Promise<RunningSystem> => {
  const folder = options.dataDir ? null : await mkdtemp(join(tmpdir(), 'mission-control-system-'));
  const guard = folder === null ? null : guardFolder(folder);
  const dataDir = options.dataDir ?? join(folder ?? '', 'data');
  const port = await freePort();
  const started = startProcess('services/standalone/dist/main.js', {
    env: { PORT: String(port), DATA_DIR: dataDir, LOG_FORMAT: 'json', LOG_LEVEL: 'info', ...options.env },
    ...(options.root !== undefined && { root: options.root }),
  });
  const end = async () => {
    await started.stop();
    const code = await started.exited;
    await guard?.release();
    return code;
  };
  try {
    await Promise.race([
      started.printed(/is ready\./),
      delay(readyWithinMs, undefined, { ref: false }).then(() => {
        throw new Error(`The system was not ready within ${readyWithinMs} ms:\n${started.output()}`);
      }),
    ]);
  } catch (error) {
    await end();
    throw error;
  }
  const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
  const url = `http://127.0.0.1:${port}`;
  const pidOf = async (name: ServiceName): Promise<number> => {
    const services = JSON.parse(await readFile(join(dataDir, 'services.json'), 'utf8')) as Record<
      string,
      { pid: number }
    >;
    const pid = services[name]?.pid;
    if (!pid) throw new Error(`${name} is not running`);
    return pid;
  };
  const natsPid = async (): Promise<number> => {
    const { server } = JSON.parse(await readFile(join(dataDir, 'nats.run.json'), 'utf8')) as {
      server: { pid: number };
    };
    return server.pid;
  };
  return {
    url,
    dataDir,
    admin: new AdminClient(url, token),
    adminToken: token,
    process: started,
    pidOf,
    natsPid,
    killService: async (name) => {
      const pid = await pidOf(name);
      process.kill(pid, 'SIGKILL');
      return pid;
    },
    loseNats: async () => {
      const pid = await natsPid();
      // The data is moved away while the server is suspended, so the next one finds none, however soon it starts.
      process.kill(pid, 'SIGSTOP');
      await rename(join(dataDir, 'nats'), join(dataDir, 'nats-lost'));
      process.kill(pid, 'SIGKILL');
      await rm(join(dataDir, 'nats-lost'), { recursive: true, force: true });
    },
    stop: end,
  };
};
