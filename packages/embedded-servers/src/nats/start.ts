import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { freePort } from '@mission-control/free-ports';
import { endProcess } from '../process/end.ts';
import { findOrphan } from '../process/run-file.ts';
import { FinalProbeError, ServerEndedError, startServer } from '../process/server-process.ts';
import { askNats } from './ask.ts';
import { locateNatsServer, natsServerVersion } from './binary.ts';
import { type NatsCredentials, natsConfiguration } from './configuration.ts';

export type NatsServerOptions = NatsCredentials & {
  /** Created if absent. Holds JetStream's files and the generated configuration. */
  readonly storeDir: string;
  /** Default: a free port. */
  readonly port?: number;
  /** Default: `<storeDir>.log`. */
  readonly logFile?: string;
  /** By how much its priority is lowered; 0 by default. */
  readonly nice?: number;
};

export interface RunningNatsServer {
  /** Includes the credentials. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Closes connections, flushes and exits. Resolves when the process is gone. */
  readonly stop: () => Promise<void>;
  /** Ends the server as a crash would. Resolves when the process is gone. */
  readonly kill: () => Promise<void>;
  /** Resolves when the process has ended for any reason. */
  readonly exited: Promise<void>;
}

export const stopSteps = [
  { signal: 'SIGTERM', waitMs: 1_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
] as const;

const portAttempts = 5;

/**
 * Starts nats-server with JetStream on loopback, without monitoring, and resolves once it accepts the login. First ends a server
 * that a killed owner left running on the same directory.
 *
 * @throws Error with the end of the server's log if it does not start
 */
export const startNatsServer = async (options: NatsServerOptions): Promise<RunningNatsServer> => {
  const storeDir = resolve(options.storeDir);
  const configFile = join(storeDir, 'nats-server.conf');
  const pidFile = join(storeDir, 'nats-server.pid');
  const orphan = await findOrphan(storeDir, { marker: ` -c ${configFile} `, pidFile });
  if (orphan) await endProcess(orphan, stopSteps);
  const file = locateNatsServer();
  const version = await natsServerVersion(file);
  const credentials =
    'token' in options ? { token: options.token } : { user: options.user, password: options.password };
  await mkdir(storeDir, { recursive: true, mode: 0o700 });
  const logFile = options.logFile ?? `${storeDir}.log`;
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const name = `mission-control-${randomUUID()}`;
    await writeFile(
      `${configFile}.new`,
      natsConfiguration({ name, storeDir, port, pidFile, credentials, version }),
      { mode: 0o600 },
    );
    await rename(`${configFile}.new`, configFile);
    const command = {
      name: 'nats-server',
      file,
      args: ['-c', configFile],
      dataDir: storeDir,
      logFile,
      nice: options.nice ?? 0,
    };
    try {
      const server = await startServer(command, () => verifyLogin(name, port, credentials));
      return {
        url: urlOf(port, credentials),
        port,
        pid: server.pid,
        exited: server.exited,
        stop: () => server.stop(stopSteps),
        kill: () => server.stop([{ signal: 'SIGKILL', waitMs: 5_000 }]),
      };
    } catch (error) {
      const portTaken = error instanceof ServerEndedError && /address already in use/.test(error.log);
      if (!portTaken || attempt >= portAttempts) throw error;
      if (options.port !== undefined) {
        throw new Error(`Port ${port} is taken: nats-server cannot listen on it.`, { cause: error });
      }
    }
  }
};

const urlOf = (port: number, credentials: NatsCredentials): string => {
  const parts = 'token' in credentials ? [credentials.token] : [credentials.user, credentials.password];
  return `nats://${parts.map(encodeURIComponent).join(':')}@127.0.0.1:${port}`;
};

/** If the port is already in use, another server may respond there. The server name distinguishes them. */
const verifyLogin = async (name: string, port: number, credentials: NatsCredentials): Promise<void> => {
  try {
    if ((await askNats(urlOf(port, credentials))) !== name)
      throw new Error('Another nats-server answers on this port.');
  } catch (error) {
    if ((error as Error).name === 'AuthorizationError') {
      throw new FinalProbeError(
        `The server on port ${port} rejects the credentials, so it is another nats-server.`,
      );
    }
    throw error;
  }
};
