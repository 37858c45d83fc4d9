import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { endProcess } from '../process/end.ts';
import { freePort } from '../process/free-port.ts';
import { findOrphan } from '../process/run-file.ts';
import { FinalProbeError, ServerEndedError, startServer } from '../process/server-process.ts';
import { locatePostgres, type PostgresBinaries } from './binaries.ts';
import { createCluster } from './create-cluster.ts';
import { choosePostgresUser, type RunAs } from './run-as.ts';

export interface PostgresOptions {
  /** Made when it is absent. Belongs to the database's user where that is not ours. */
  readonly dataDir: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly password: string;
  /** Default: `mission_control`. */
  readonly superuser?: string;
  /** Server settings by name. Those that make a commit durable are on unless they are named here. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Default: `<dataDir>.log`. */
  readonly logFile?: string;
}

export interface RunningPostgres {
  /** Of the database `postgres`, with credentials. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends sessions, writes a checkpoint, exits; resolves when the process is gone. */
  readonly stop: () => Promise<void>;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<void>;
}

/** Fast shutdown; then, should it hang, one that is repaired from the log at the next start. */
const stopSteps = [
  { signal: 'SIGINT', waitMs: 6_000 },
  { signal: 'SIGQUIT', waitMs: 2_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
] as const;

const leftoverPatienceMs = 15_000;
const portAttempts = 5;

/**
 * Starts Postgres on loopback, with passwords and without a socket file, and resolves once it answers a query. A server
 * that a killed owner left running on the same directory is ended first.
 *
 * @throws Error with the end of the server's log when it does not start
 */
export const startPostgres = async (options: PostgresOptions): Promise<RunningPostgres> => {
  const dataDir = resolve(options.dataDir);
  const superuser = options.superuser ?? 'mission_control';
  const orphan = await findOrphan(dataDir, {
    marker: ` -D ${dataDir} `,
    pidFile: join(dataDir, 'postmaster.pid'),
  });
  if (orphan) await endProcess(orphan, stopSteps);
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
    const url = `postgres://${options.superuser}:${encodeURIComponent(options.password)}@127.0.0.1:${port}/postgres`;
    try {
      const server = await startServer(commandOf(options, port, binaries, runAs), () => answersQuery(url));
      return { url, port, pid: server.pid, exited: server.exited, stop: () => server.stop(stopSteps) };
    } catch (error) {
      const log = error instanceof ServerEndedError ? error.log : '';
      const portTaken = /Address already in use/.test(log);
      if (portTaken && options.port !== undefined) {
        throw new Error(`Port ${port} is taken: Postgres cannot listen on it.`, { cause: error });
      }
      // Sessions of a server that was killed outlive it by a moment.
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

const answersQuery = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') {
      throw new FinalProbeError(
        'Postgres refuses the password: it was set for another one when its data was made.',
      );
    }
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
};
