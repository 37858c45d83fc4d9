import { ConnectionStates } from './connection-state.ts';
import { AddressGuard, defaultDenyCidrs } from './dial/address-guard.ts';
import { find } from './history/find.ts';
import type { DeviceIdentity } from './link/device-identity.ts';
import { GatewayLink, type GatewayLinkEvents } from './link/gateway-link.ts';
import type { Rejected, Unavailable } from './outcome.ts';
import type { OpenClawConnection } from './port.ts';
import { askForEnd } from './runs/agent-wait.ts';
import { RunEvents } from './runs/run-events.ts';
import { runOutcome } from './runs/run-outcome.ts';
import { sendMessage } from './send.ts';

export interface GatewayLinkOptions {
  /** ws: or wss: */
  readonly url: string;
  /** The OpenClaw gateway's shared token; null if it requires none. */
  readonly token: string | null;
  /** Accept any certificate, and connect to public addresses without TLS. */
  readonly allowInsecureTls: boolean;
  /** SHA-256 of the only certificate that is accepted, 64 hex digits, colons allowed. Replaces the verification of issuer and name. */
  readonly tlsFingerprint?: string | null;
  /** Identifies this installation to the gateway. Required from addresses other than loopback. */
  readonly identity?: DeviceIdentity | null;
  /** Addresses or CIDRs never to connect to; replaces the default of link-local and metadata addresses. */
  readonly denyCidrs?: readonly string[];
}

/** The part of pino's logger interface that is used here. */
interface ConnectionLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface OpenClawOptions extends GatewayLinkOptions {
  readonly log: ConnectionLog;
}

const handshakeTimeoutMs = 10_000;
/** A run that ended without a reply is settled within seconds of its event. */
const settlingMs = 5_000;

/**
 * Opens a connection that reconnects by itself until it is closed. Returns at once: if the gateway is unavailable, the state and the
 * outcomes of requests say so.
 *
 * @throws Error for a malformed URL, CIDR or fingerprint, and for a fingerprint without TLS
 */
export const connectOpenClaw = ({ log, ...options }: OpenClawOptions): OpenClawConnection => {
  const secrets = options.token === null ? [] : [options.token];
  const states = new ConnectionStates();
  const lines = logLines(log, new URL(options.url).host);
  const runs = new RunEvents(secrets, async (runId) => {
    const asked = await askForEnd(link, runId, settlingMs, 2 * settlingMs, secrets);
    return asked.kind === 'asked' ? asked.end : null;
  });
  const link = openLink(
    options,
    {
      connected: (hello) => {
        lines.connected(hello.server.version);
        states.connected(hello);
      },
      disconnected: (problem, nextAttemptMs) => {
        lines.disconnected(problem, nextAttemptMs);
        states.disconnected(problem, nextAttemptMs);
      },
      event: ({ event, payload }) => {
        if (event === 'chat') runs.heard(payload);
      },
    },
    handshakeTimeoutMs,
  );
  return {
    state: () => states.current,
    onState: (listener) => states.add(listener),
    onRun: (listener) => runs.add(listener),
    retryNow: () => link.retryNow(),
    send: (message, { timeoutMs }) => sendMessage(link, message, timeoutMs),
    find: (sessionKey, keys, within) => find(link, sessionKey, keys, within),
    runOutcome: (runId, sessionKey, { timeoutMs }) => runOutcome(link, runId, sessionKey, timeoutMs, secrets),
    close: async () => {
      states.closed();
      await link.close();
    },
  };
};

/** @throws Error for a malformed URL, CIDR or fingerprint, and for a fingerprint without TLS */
export const openLink = (
  options: GatewayLinkOptions,
  events: GatewayLinkEvents,
  timeoutMs: number,
): GatewayLink => {
  const url = new URL(options.url);
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new Error('The URL of an OpenClaw gateway must begin with ws: or wss:.');
  }
  const fingerprint = fingerprintOf(options.tlsFingerprint ?? null);
  if (fingerprint !== null && url.protocol === 'ws:') throw new Error('A fingerprint needs a wss: URL.');
  const guard = new AddressGuard(options.denyCidrs ?? defaultDenyCidrs, {
    privateOnly: url.protocol === 'ws:' && !options.allowInsecureTls,
  });
  const target = {
    url,
    verifyTls: !options.allowInsecureTls,
    fingerprint,
    guard,
    timeoutMs,
  };
  return new GatewayLink(target, { token: options.token, identity: options.identity ?? null }, events);
};

const fingerprintOf = (text: string | null): string | null => {
  if (text === null) return null;
  const digits = text.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digits)) throw new Error('A fingerprint is a SHA-256 of 64 hex digits.');
  return digits;
};

/** Logs one line per reason, not one per attempt. */
const logLines = (log: ConnectionLog, host: string) => {
  let reported: string | null = null;
  return {
    connected: (version: string): void => {
      reported = null;
      log.info({ openclaw_host: host, openclaw_version: version }, 'connected to the OpenClaw gateway');
    },
    disconnected: (problem: Unavailable | Rejected, nextAttemptMs: number): void => {
      if (problem.code === reported) return;
      reported = problem.code;
      log.warn(
        {
          openclaw_host: host,
          code: problem.code,
          openclaw_code: problem.kind === 'rejected' ? problem.gatewayCode : null,
          detail: problem.detail,
          next_attempt_ms: nextAttemptMs,
        },
        'not connected to the OpenClaw gateway',
      );
    },
  };
};
