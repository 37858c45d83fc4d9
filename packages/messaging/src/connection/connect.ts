import { setTimeout as delay } from 'node:timers/promises';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { AuthorizationError, connect, type NatsConnection } from '@nats-io/transport-node';
import type { MessagingLog } from '../log.ts';
import { readAddresses } from './addresses.ts';

/** A connection to NATS that reconnects by itself. */
export interface Messaging {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  /** Resolves when the server answers. For readiness checks, which allow it 2 s. */
  readonly ping: () => Promise<void>;
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
 * @throws AuthorizationError when the server rejects the credentials on the first connection
 */
export const connectMessaging = async (
  natsUrls: string,
  name: string,
  log: MessagingLog,
  signal?: AbortSignal,
): Promise<Messaging> => {
  const connection = await connectPatiently(natsUrls, name, log, signal);
  void logLosses(connection, log);
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: requestTimeoutMs });
  return {
    connection,
    manager,
    client: jetstream(connection, { timeout: requestTimeoutMs }),
    ping: async () => {
      await connection.flush();
    },
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
        // A server that restarts with other users for a moment must not end this process.
        ignoreAuthErrorAbort: true,
        reconnectTimeWait: 250,
        pingInterval: 10_000,
      });
    } catch (error) {
      if (error instanceof AuthorizationError) throw error;
      log.warn({ err: error, servers }, 'cannot connect to NATS; trying again');
      await delay(firstConnectPauseMs, undefined, signal ? { signal } : {});
    }
  }
};

const logLosses = async (connection: NatsConnection, log: MessagingLog): Promise<void> => {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') log.warn({ server: status.server }, 'lost the connection to NATS');
    if (status.type === 'reconnect') log.info({ server: status.server }, 'reconnected to NATS');
  }
};
