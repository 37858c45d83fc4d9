import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@mission-control/free-ports';
import { endProcess } from '../process/end.ts';
import { findOrphan, removeForeignPidFile } from '../process/run-file.ts';
import { FinalProbeError, ServerEndedError, startServer } from '../process/server-process.ts';
import { askPostgres } from './ask.ts';
import { locatePostgres, type PostgresBinaries } from './binaries.ts';
import { createCluster } from './create-cluster.ts';
import { choosePostgresUser, type RunAs } from './run-as.ts';

export interface PostgresOptions {
  /** Created if absent. Belongs to the database's user if that is not the current user. */
  readonly dataDir: string;
  /** Default: a free port. */
  readonly port?: number;
  readonly password: string;
  /** Default: `mission_control`. */
  readonly superuser?: string;
  /** Created if absent; the URL names it. Default: `postgres`, which always exists. Letters, digits, underscores. */
  readonly database?: string;
  /** Server settings by name. Those that make a commit durable are on unless they are named here. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Default: `<dataDir>.log`. */
  readonly logFile?: string;
}

export interface RunningPostgres {
  /** Includes the credentials. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends sessions, writes a checkpoint and exits. Resolves when the process is gone. */
  readonly stop: () => Promise<void>;
  /** Ends at once. The next start recovers from the write-ahead log. Resolves when the process is gone. */
  readonly kill: () => Promise<void>;
  /** Resolves when the process has ended for any reason. */
  readonly exited: Promise<void>;
}

/** Fast shutdown. If that hangs, a shutdown that needs recovery from the write-ahead log at the next start. */
export const stopSteps = [
  { signal: 'SIGINT', waitMs: 3_000 },
  { signal: 'SIGQUIT', waitMs: 500 },
  { signal: 'SIGKILL', waitMs: 2_000 },
] as const;

const leftoverPatienceMs = 15_000;
const portAttempts = 5;

/**
 * Starts Postgres on loopback, with passwords and without a socket file, and resolves once it answers a query. First ends a server
 * that a killed owner left running on the same directory.
 *
 * @throws Error with the end of the server's log if it does not start
 */
export const startPostgres = async (options: PostgresOptions): Promise<RunningPostgres> => {
  const dataDir = resolve(options.dataDir);
  const superuser = options.superuser ?? 'mission_control';
  const server = { marker: ` -D ${dataDir} `, pidFile: join(dataDir, 'postmaster.pid') };
  const orphan = await findOrphan(dataDir, server);
  if (orphan) await endProcess(orphan, stopSteps);
  await removeForeignPidFile(server);
  const binaries = locatePostgres();
  await mkdir(dirname(dataDir), { recursive: true, mode: 0o700 });
  const runAs = choosePostgresUser(binaries, dataDir);
  const durable = options.settings?.fsync !== 'off';
  await createCluster({ dataDir, binaries, runAs, superuser, password: options.password, durable });
  return launch({ ...options, dataDir, superuser }, binaries, runAs);
};

const launch = async (
  options: PostgresOptions & { superuser: string },
  binaries: PostgresBinaries,
  runAs: RunAs,
): Promise<RunningPostgres> => {
  const patience = performance.now() + leftoverPatienceMs;
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const login = `${options.superuser}:${encodeURIComponent(options.password)}`;
    const urlOf = (database: string) => `postgres://${login}@127.0.0.1:${port}/${database}`;
    const { database = 'postgres' } = options;
    try {
      const server = await startServer(commandOf(options, port, binaries, runAs), async () => {
        await verifyLogin(urlOf('postgres'), options.dataDir);
        await makeDatabase(urlOf('postgres'), database);
      });
      return {
        url: urlOf(database),
        port,
        pid: server.pid,
        exited: server.exited,
        stop: () => server.stop(stopSteps),
        kill: () => server.stop(stopSteps.slice(1)),
      };
    } catch (error) {
      const log = error instanceof ServerEndedError ? error.log : '';
      const portTaken = /Address already in use/.test(log);
      if (portTaken && options.port !== undefined) {
        throw new Error(`Port ${port} is taken: Postgres cannot listen on it.`, { cause: error });
      }
      // Sessions of a killed server outlive it briefly.
      const leftover = /pre-existing shared memory block/.test(log) && performance.now() < patience;
      if (!leftover && !(portTaken && attempt < portAttempts)) throw error;
      await delay(leftover ? 200 : 0);
    }
  }
};

const commandOf = (options: PostgresOptions, port: number, binaries: PostgresBinaries, runAs: RunAs) => {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    ...options.settings,
  };
  const {
    file,
    args,
    options: identity,
  } = runAs.command(binaries.postgres, [
    '-D',
    options.dataDir,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  return {
    name: 'Postgres',
    file,
    args,
    options: { ...identity, cwd: '/' },
    dataDir: options.dataDir,
    logFile: options.logFile ?? `${options.dataDir}.log`,
  };
};

/** If the port is already in use, another server may respond there. Its data directory distinguishes it. */
const verifyLogin = async (url: string, dataDir: string): Promise<void> => {
  try {
    const ours = await askPostgres(url, `select where current_setting('data_directory') = $1`, [dataDir]);
    if (ours === 0) throw new Error('Another Postgres answers on this port.');
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') {
      throw new FinalProbeError(
        'Postgres rejects the password: its data directory was created with another one.',
      );
    }
    throw error;
  }
};

const makeDatabase = async (url: string, name: string): Promise<void> => {
  const found = await askPostgres(url, 'select from pg_database where datname = $1', [name]);
  if (found === 0) await askPostgres(url, `create database "${name}"`);
};
