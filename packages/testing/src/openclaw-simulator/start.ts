import { randomUUID } from 'node:crypto';
import { freePort } from '@mission-control/free-ports';
import { waitFor } from '../wait-for.ts';
import { canonicalKey } from './canonical-key.ts';
import { Connection } from './connection.ts';
import { Devices } from './devices.ts';
import { type Fault, Faults, meetsNewConnections } from './faults.ts';
import { Handshake } from './handshake.ts';
import { Listener } from './listener.ts';
import type { ReceivedMessage } from './messages.ts';
import { OpenclawGatewayState } from './openclaw-gateway-state.ts';
import { checkedEvent } from './protocol.ts';
import type { RunOutcome } from './run-outcome.ts';
import type { Kept } from './session-log.ts';
import type { SessionTiming } from './timing.ts';

export interface OpenClawSimulatorOptions extends Partial<SessionTiming> {
  /** A free port by default. */
  readonly port?: number;
  /** The name or address by which clients reach this machine. With it, the simulator listens on every address, else only on loopback. */
  readonly host?: string | undefined;
  /** A random token by default. */
  readonly token?: string;
  /** Keeps what is durable across processes. */
  readonly historyFile?: string;
  /** Milliseconds, 15 s by default. */
  readonly tickIntervalMs?: number;
  /** PEM. With it, the simulator uses wss. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** `main` by default. With several, only session keys that begin with `agent:` are valid. */
  readonly agents?: readonly string[];
  /** Treats every connection as one from another machine. Those with an `X-Forwarded-For` header are treated so anyway. */
  readonly remote?: boolean;
  /** From a restart to the message that continues an interrupted run, 2 s by default. */
  readonly recoveryDelayMs?: number;
}

export interface RestartOptions {
  /** How the process ends. SIGTERM: it accepts no message, and waits for active runs, for at most that time (1 s by default). */
  readonly signal?: 'SIGKILL' | 'SIGTERM';
  readonly drainMs?: number;
  /** What becomes of acknowledged messages that have no row: of all, or by idempotency key. By default what was seen most often. */
  readonly keep?: Kept | Readonly<Record<string, Kept>>;
}

export interface OpenClawSimulator {
  readonly url: string;
  readonly token: string;
  /** Accepted messages by canonical session key (`agent:main:<key>`), in order. */
  sessions(): Record<string, readonly ReceivedMessage[]>;
  /** The messages that agents got, by canonical session key, in order. One that an agent got twice is there twice. */
  consumed(): Record<string, readonly ReceivedMessage[]>;
  /** Changes with each restart. */
  bootId(): string;
  /** Resolves to the first message that matches, now or later. Throws on timeout. */
  waitForMessage(
    matches: (message: ReceivedMessage) => boolean,
    options?: { timeout?: number },
  ): Promise<ReceivedMessage>;
  /** Fails from now on, or for that number of requests. */
  fail(fault: Fault, options?: { times?: number }): Promise<void>;
  heal(): Promise<void>;
  /** What becomes of runs that begin from now on: of all or of that many, in one session or in all that have no plan of their own. */
  endRuns(outcome: RunOutcome, options?: { sessionKey?: string; times?: number }): Promise<void>;
  /** From now on, no idle session's message gets its row until the returned function is called. */
  holdHistory(): () => void;
  /** Ends the process and starts it again on the same port: connections break, and what was not durable is lost. */
  restart(options?: RestartOptions): Promise<void>;
  /** Somebody resets the session: its history starts anew. */
  reset(sessionKey: string): Promise<void>;
  /** Another token is configured. Connections break. */
  changeToken(token: string): Promise<void>;
  /** The ids of the pairing requests that wait. */
  pairingRequests(): Promise<readonly string[]>;
  /** The effect of `openclaw devices approve <requestId>`. */
  approve(requestId: string): Promise<void>;
  /** @param options.drainMs the effect of SIGTERM: waits for active runs, for at most that time */
  stop(options?: { drainMs?: number }): Promise<void>;
}

/** Starts a simulated OpenClaw gateway, protocol 4. */
export const startOpenClawSimulator = async (
  options: OpenClawSimulatorOptions = {},
): Promise<OpenClawSimulator> => {
  const faults = new Faults();
  const devices = new Devices();
  const handshake = new Handshake(options.token ?? randomUUID(), devices, faults);
  const connections = new Set<Connection>();
  const timing = {
    historyDelayMs: options.historyDelayMs ?? 20,
    historyHeldUntil: options.historyHeldUntil,
    runMs: options.runMs ?? 0,
    queueMode: options.queueMode ?? 'steer',
  };
  const state = new OpenclawGatewayState({
    timing,
    agents: options.agents ?? ['main'],
    recoveryDelayMs: options.recoveryDelayMs ?? 2_000,
    historyFile: options.historyFile,
    chat: (payload) => {
      const event = checkedEvent('chat', payload);
      for (const connection of connections) connection.event(event);
    },
  });
  const restart = async ({ signal = 'SIGKILL', drainMs = 1_000, keep }: RestartOptions = {}) => {
    if (signal === 'SIGTERM') await drain(state, drainMs);
    await listener.close(signal === 'SIGTERM' ? 1012 : undefined);
    state.kill(({ idempotencyKey }) => (typeof keep === 'string' ? keep : keep?.[idempotencyKey]));
    await listener.open();
  };
  const listener = new Listener({
    // This must not be a port that the system could assign to another process while the simulator refuses connections.
    port: options.port || (await freePort()),
    host: options.host,
    tls: options.tls,
    refusal: () => faults.take('refuse_upgrade')?.status ?? null,
    resets: () => faults.take('reset_connections') !== null,
    connected: (socket, { headers }) => {
      const connection = new Connection(socket, {
        state,
        faults,
        handshake,
        tickIntervalMs: options.tickIntervalMs ?? 15_000,
        remote: options.remote === true || headers['x-forwarded-for'] !== undefined,
        restart: () => void restart(),
      });
      connections.add(connection);
      socket.on('close', () => connections.delete(connection));
    },
  });
  await listener.open();
  return {
    url: listener.url,
    get token() {
      return handshake.token;
    },
    sessions: () => state.received(),
    consumed: () => state.consumed(),
    bootId: () => state.bootId,
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
    endRuns: async (outcome, { sessionKey, times } = {}) => {
      state.outcomes.plan(outcome, {
        sessionKey: sessionKey === undefined ? undefined : canonicalKey(sessionKey),
        times,
      });
    },
    holdHistory: () => {
      const held = Promise.withResolvers<void>();
      timing.historyHeldUntil = held.promise;
      return held.resolve;
    },
    restart,
    reset: async (sessionKey) => state.session(sessionKey).reset(),
    changeToken: async (token) => {
      handshake.token = token;
      listener.drop();
    },
    pairingRequests: async () => devices.requests(),
    approve: async (requestId) => devices.approve(requestId),
    stop: async ({ drainMs = 0 } = {}) => {
      if (drainMs > 0) await drain(state, drainMs);
      await listener.close(drainMs > 0 ? 1012 : undefined);
      state.kill();
      state.close();
    },
  };
};

/** Waits until no run is active, but not longer than that. */
const drain = async (state: OpenclawGatewayState, drainMs: number): Promise<void> => {
  const started = performance.now();
  state.drain();
  await waitFor(() => !state.hasActiveRuns || performance.now() - started >= drainMs);
};
