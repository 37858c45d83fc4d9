import { randomUUID } from 'node:crypto';
import { freePort } from '@mission-control/free-ports';
import { waitFor } from '../wait-for.ts';
import type { ReceivedMessage, SessionTiming } from './chat-session.ts';
import { Connection } from './connection.ts';
import { type Fault, Faults, meetsNewConnections } from './faults.ts';
import { Listener } from './listener.ts';
import { OpenclawGatewayState } from './openclaw-gateway-state.ts';

export interface OpenClawSimulatorOptions extends Partial<SessionTiming> {
  /** A free port by default. */
  readonly port?: number;
  /** A random token by default. */
  readonly token?: string;
  /** Keeps the history across processes. */
  readonly historyFile?: string;
  /** Milliseconds, 15 s by default. */
  readonly tickIntervalMs?: number;
  /** PEM. With it, the simulator uses wss. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface OpenClawSimulator {
  readonly url: string;
  readonly token: string;
  /** Accepted messages by canonical session key (`agent:main:<key>`), in order. */
  sessions(): Record<string, readonly ReceivedMessage[]>;
  /** Resolves to the first message that matches, now or later. Throws on timeout. */
  waitForMessage(
    matches: (message: ReceivedMessage) => boolean,
    options?: { timeout?: number },
  ): Promise<ReceivedMessage>;
  /** Fails from now on, or for that number of requests. */
  fail(fault: Fault, options?: { times?: number }): Promise<void>;
  heal(): Promise<void>;
  /** Has the effect of kill -9 and a restart: connections break, and it forgets the deduplication and messages without a row. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a simulated OpenClaw gateway on loopback, protocol 4. */
export const startOpenClawSimulator = async (
  options: OpenClawSimulatorOptions = {},
): Promise<OpenClawSimulator> => {
  const token = options.token ?? randomUUID();
  const faults = new Faults();
  const connections = new Set<Connection>();
  const state = new OpenclawGatewayState({
    historyDelayMs: options.historyDelayMs ?? 20,
    historyHeldUntil: options.historyHeldUntil,
    runMs: options.runMs ?? 0,
    queueMode: options.queueMode ?? 'followup',
    historyFile: options.historyFile,
    runEnded: ({ runId, sessionKey }) => {
      const payload = { runId, sessionKey, seq: 1, state: 'final' };
      for (const connection of connections) connection.event('chat', payload);
    },
  });
  const listener = new Listener({
    // This must not be a port that the system could assign to another process while the simulator refuses connections.
    port: options.port || (await freePort()),
    tls: options.tls,
    connected: (socket) => {
      const tickIntervalMs = options.tickIntervalMs ?? 15_000;
      const connection = new Connection(socket, { state, faults, token, tickIntervalMs });
      connections.add(connection);
      socket.on('close', () => connections.delete(connection));
    },
  });
  await listener.open();
  return {
    url: listener.url,
    token,
    sessions: () => state.received(),
    waitForMessage: (matches, wait) =>
      waitFor(() => Object.values(state.received()).flat().find(matches), wait),
    fail: async (fault, { times } = {}) => {
      faults.set(fault, times);
      if (fault.mode === 'refuse_connections') await listener.close();
      else await listener.open();
      if (meetsNewConnections(fault)) listener.drop();
    },
    heal: async () => {
      faults.heal();
      await listener.open();
    },
    restart: async () => {
      await listener.close();
      state.kill();
      await listener.open();
    },
    stop: async () => {
      await listener.close();
      state.kill();
    },
  };
};
