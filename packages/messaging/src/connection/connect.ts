import { setTimeout as delay } from 'node:timers/promises';
import { type MessagingNames, messagingNames } from '@mission-control/contracts';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { AuthorizationError, connect, type NatsConnection } from '@nats-io/transport-node';
import type { MessagingLog } from '../log.ts';
import { readAddresses } from './addresses.ts';

/** A connection to NATS that reconnects by itself. */
export interface Messaging {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  /** What this installation's stream, subjects and consumers are called. */
  readonly names: MessagingNames;
  /** Resolves when the server answers. For readiness checks, which allow it 2 s. */
  readonly ping: () => Promise<void>;
  /** Calls the listener whenever the connection is lost: requests in flight get no answer. Returns a function that removes the listener. */
  readonly onLoss: (listener: () => void) => () => void;
  /** Resolves when there is a connection, rejects after 5 s. A request made without a connection would wait for its timeout in vain. */
  readonly connected: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const requestTimeoutMs = 5_000;
const firstConnectPauseMs = 500;

/**
 * Connects, however long it takes, and reconnects without limit whenever the connection is lost. Requests made while it is lost
 * fail after 5 s.
 *
 * @param natsUrls comma-separated; credentials in the URL
 * @param name shown by the server for this connection
 * @param prefix of the installation; default: none
 * @throws AuthorizationError when the server rejects the credentials on the first connection
 */
export const connectMessaging = async (
  natsUrls: string,
  name: string,
  log: MessagingLog,
  signal?: AbortSignal,
  prefix = '',
): Promise<Messaging> => {
  const connection = await connectPatiently(natsUrls, name, log, signal);
  const watched = { losses: new Set<() => void>(), connected: Promise.resolve() };
  void watch(connection, log, watched);
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: requestTimeoutMs });
  return {
    connection,
    manager,
    names: messagingNames(prefix),
    client: jetstream(connection, { timeout: requestTimeoutMs }),
    ping: async () => {
      await connection.flush();
    },
    onLoss: (listener) => {
      watched.losses.add(listener);
      return () => watched.losses.delete(listener);
    },
    connected: () => Promise.race([watched.connected, notConnected()]),
    close: () => connection.close(),
  };
};

const connectPatiently = async (
  natsUrls: string,
  name: string,
  log: MessagingLog,
  signal: AbortSignal | undefined,
): Promise<NatsConnection> => {
  const { servers, tls, login } = readAddresses(natsUrls);
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await connect({
        servers,
        name,
        ...login,
        ...(tls && { tls: {} }),
        maxReconnectAttempts: -1,
        // A server that briefly restarts with other users must not end this process.
        ignoreAuthErrorAbort: true,
        reconnectTimeWait: 250,
        pingInterval: 10_000,
        // Otherwise the client takes a stack trace for each request, in case it fails.
        noAsyncTraces: true,
      });
    } catch (error) {
      if (error instanceof AuthorizationError) throw error;
      log.warn({ err: error, servers }, 'cannot connect to NATS; trying again');
      await delay(firstConnectPauseMs, undefined, signal ? { signal } : {});
    }
  }
};

const notConnected = async (): Promise<never> => {
  await delay(requestTimeoutMs, undefined, { ref: false });
  throw new Error('There is no connection to NATS.');
};

interface Watched {
  readonly losses: ReadonlySet<() => void>;
  connected: Promise<void>;
}

const watch = async (connection: NatsConnection, log: MessagingLog, watched: Watched): Promise<void> => {
  let reconnected = (): void => {};
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') {
      log.warn({ server: status.server }, 'lost the connection to NATS');
      reconnected();
      watched.connected = new Promise((resolve) => {
        reconnected = resolve;
      });
      for (const listener of watched.losses) listener();
    }
    if (status.type === 'reconnect') {
      log.info({ server: status.server }, 'reconnected to NATS');
      reconnected();
    }
  }
};
