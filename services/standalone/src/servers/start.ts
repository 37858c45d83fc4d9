import { join } from 'node:path';
import { startNatsServer, startPostgres } from '@mission-control/embedded-servers';
import type { Logger } from '@mission-control/runtime';
import type { StandaloneConfig } from '../config.ts';
import { installationId, keepInstallationId } from '../data-directory/installation-id.ts';
import { generatedSecret } from '../data-directory/secrets.ts';
import { type KeptServer, keepServer } from './keep-server.ts';
import { claimEventStore, requireDatabase, requireNats } from './reachable.ts';

export interface Servers {
  readonly databaseUrl: string;
  readonly eventStoreUrl: string;
  readonly natsUrl: string;
  /** In the order in which to stop them. */
  readonly embedded: readonly KeptServer<unknown>[];
}

type Started = { url: string; embedded: readonly KeptServer<unknown>[] };

const name = 'mission_control';

/** Returns the servers that variables name, once they answer. Starts an embedded server for each one that no variable names. */
export const startServers = async (
  config: StandaloneConfig,
  directory: string,
  log: Logger,
): Promise<Servers> => {
  const [postgres, nats] = await Promise.allSettled([
    openDatabase(config, directory, log),
    openNats(config, directory, log),
  ]);
  const embedded = [nats, postgres].flatMap((one) => (one.status === 'fulfilled' ? one.value.embedded : []));
  try {
    if (postgres.status === 'rejected') throw postgres.reason;
    if (nats.status === 'rejected') throw nats.reason;
    const databaseUrl = postgres.value.url;
    const eventStoreUrl = config.EVENTSTORE_URL ?? databaseUrl;
    const id = config.INSTALLATION_ID ?? installationId(directory);
    await claimEventStore(config.EVENTSTORE_URL ? 'EVENTSTORE_URL' : 'DATABASE_URL', eventStoreUrl, {
      prefix: config.EVENTSTORE_PREFIX,
      id,
    });
    if (config.INSTALLATION_ID) keepInstallationId(directory, id);
    return { databaseUrl, eventStoreUrl, natsUrl: nats.value.url, embedded };
  } catch (error) {
    for (const server of embedded) await server.stop();
    throw error;
  }
};

const openDatabase = async (config: StandaloneConfig, directory: string, log: Logger): Promise<Started> => {
  if (config.DATABASE_URL) {
    await requireDatabase('DATABASE_URL', config.DATABASE_URL);
    return { url: config.DATABASE_URL, embedded: [] };
  }
  const password = generatedSecret(directory, 'database-password');
  const server = await keepServer(
    'postgres',
    (previous: { port: number } | null) =>
      startPostgres({
        dataDir: join(directory, 'postgres'),
        logFile: join(directory, 'postgres.log'),
        password,
        database: name,
        // Six services, each with a connection pool.
        settings: { max_connections: '200' },
        ...(previous ? { port: previous.port } : {}),
      }),
    log,
  );
  return { url: server.first.url, embedded: [server] };
};

const openNats = async (config: StandaloneConfig, directory: string, log: Logger): Promise<Started> => {
  if (config.NATS_URL) {
    await requireNats(config.NATS_URL);
    return { url: config.NATS_URL, embedded: [] };
  }
  const password = generatedSecret(directory, 'nats-password');
  const server = await keepServer(
    'nats-server',
    (previous: { port: number } | null) =>
      startNatsServer({
        storeDir: join(directory, 'nats'),
        logFile: join(directory, 'nats.log'),
        user: name,
        password,
        nice: config.BACKGROUND_NICE,
        ...(previous ? { port: previous.port } : {}),
      }),
    log,
  );
  return { url: server.first.url, embedded: [server] };
};
