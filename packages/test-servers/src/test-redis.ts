import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerProcess, startServer } from '@mission-control/embedded-servers';
import { freePort } from '@mission-control/free-ports';
import { guardFolder } from '@mission-control/testing';
import { askRedis, locateRedisServer } from './redis-server.ts';

export interface TestRedis {
  /** Includes the password. */
  readonly url: string;
  readonly port: number;
  /** Suspends the process: it keeps its connections and answers nothing until `resume`. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends the server as a crash would. */
  readonly kill: () => Promise<void>;
  /** Restarts it on the same port, empty. Kills it first if it is still running. */
  readonly restart: () => Promise<void>;
  /** Ends it and removes its folder. */
  readonly stop: () => Promise<void>;
}

const program = locateRedisServer();

/** Why this machine cannot run Redis; null if it can. */
export const noRedisServer: string | null =
  program === undefined ? 'no redis-server here: install it, or name it in REDIS_SERVER_BIN' : null;

/** Starts a separate in-memory Redis with a password. It ends with this process, however that ends. */
export const startTestRedis = async (): Promise<TestRedis> => {
  if (program === undefined) throw new Error(`There is ${noRedisServer}.`);
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-redis-'));
  const guard = guardFolder(folder);
  const dataDir = join(folder, 'data');
  const port = await freePort();
  // Another server that took the port in the meantime does not know this password.
  const password = randomUUID();
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: dataDir,
    requirepass: password,
    save: '',
    appendonly: 'no',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const start = (): Promise<ServerProcess> =>
    startServer(
      { name: 'redis-server', file: program, args, dataDir, logFile: join(folder, 'redis-server.log') },
      () => askRedis(port, password),
    );
  let server: ServerProcess;
  try {
    await mkdir(dataDir);
    server = await start();
  } catch (error) {
    await guard.release();
    throw error;
  }
  const kill = () => server.stop([{ signal: 'SIGKILL', waitMs: 5_000 }]);
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    port,
    pause: () => process.kill(server.pid, 'SIGSTOP'),
    resume: () => process.kill(server.pid, 'SIGCONT'),
    kill,
    restart: async () => {
      await kill();
      server = await start();
    },
    stop: async () => {
      await kill();
      await guard.release();
    },
  };
};
