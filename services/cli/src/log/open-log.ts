import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import type { ProcessIdentity } from '@mission-control/embedded-servers';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { Refusal } from '../refusal.ts';

export interface OpenLog {
  readonly store: EventStore;
  readonly close: () => Promise<void>;
}

/**
 * Opens the log at a URL, or the one in the data directory of a system that `npm start` ran.
 *
 * @param prefix of the installation whose part of the log it is; empty: the part without a prefix
 */
export const openLog = async (address: string, prefix = ''): Promise<OpenLog> => {
  if (address.includes('://')) {
    const store = await openEventStore(address, { name: 'events', prefix });
    return { store, close: () => store.close() };
  }
  const directory = resolve(address);
  const dataDir = join(directory, 'postgres');
  const passwordFile = join(directory, 'database-password');
  if (!existsSync(join(dataDir, 'PG_VERSION')) || !existsSync(passwordFile)) {
    throw new Refusal(
      'bad_address',
      `${address} is neither a URL (postgres://, esdb://, kurrentdb://) nor a data directory with an embedded Postgres`,
    );
  }
  const { isRunning, startPostgres } = await embeddedServers(address);
  await refuseIfRunning(directory, isRunning);
  const password = readFileSync(passwordFile, 'utf8').trim();
  const server = await startPostgres({
    dataDir,
    logFile: join(directory, 'postgres.log'),
    password,
    database: 'mission_control',
  }).catch((cause: Error) => {
    throw new Refusal('database_does_not_start', cause.message);
  });
  const stopListening = stopOnSignal(server);
  const store = await openEventStore(server.url, { name: 'events', prefix }).catch(async (error) => {
    await server.stop();
    throw error;
  });
  return {
    store,
    close: async () => {
      stopListening();
      await store.close();
      await server.stop();
    },
  };
};

/** An image has no Postgres, nor the package that runs it. */
const embeddedServers = (address: string) =>
  import('@mission-control/embedded-servers').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Refusal(
      'database_does_not_start',
      `${address} is a data directory of npm start, and there is no Postgres here to open it with: run npm run events in the repository`,
    );
  });

/** A command that is interrupted leaves no server behind. */
const stopOnSignal = (server: { stop: () => Promise<void> }): (() => void) => {
  const stop = (signal: NodeJS.Signals) => {
    const exit = () => process.exit(128 + constants.signals[signal]);
    server.stop().then(exit, exit);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return () => {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  };
};

/** The system's lock names its process. Starting its Postgres a second time would end the running one. */
const refuseIfRunning = async (
  directory: string,
  isRunning: (owner: ProcessIdentity) => Promise<boolean>,
): Promise<void> => {
  const lock = join(directory, 'LOCK');
  const owner = existsSync(lock) ? parse(readFileSync(lock, 'utf8')) : null;
  if (owner && (await isRunning(owner))) {
    throw new Refusal(
      'data_directory_in_use',
      `the system is running on ${directory} (process ${owner.pid}): stop it first`,
    );
  }
};

const parse = (content: string): ProcessIdentity | null => {
  try {
    return JSON.parse(content) as ProcessIdentity | null;
  } catch {
    return null;
  }
};
