import { AddressGuard, defaultDenyCidrs } from './dial/address-guard.ts';
import { type Acceptance, type SentMessage, wasAccepted } from './history.ts';
import { GatewayLink, type GatewayLinkEvents } from './link/gateway-link.ts';
import { type AgentMessage, type SendOutcome, sendMessage } from './send.ts';

export interface GatewayLinkOptions {
  /** ws: or wss: */
  readonly url: string;
  /** The OpenClaw gateway's shared token; null if it requires none. */
  readonly token: string | null;
  /** Accept any certificate, and connect to public addresses without TLS. */
  readonly allowInsecureTls: boolean;
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

interface Within {
  /** Milliseconds for connecting and answering together. */
  readonly timeoutMs: number;
}

export interface OpenClawConnection {
  /** Sends once. Never throws because of anything that the gateway or the network does. */
  send(message: AgentMessage, within: Within): Promise<SendOutcome>;
  /** Whether the gateway has a message that was sent earlier. Call this after a doubt, before sending the message again. */
  wasAccepted(message: SentMessage, within: Within): Promise<Acceptance>;
  close(): Promise<void>;
}

const handshakeTimeoutMs = 10_000;

/**
 * Opens a connection that reconnects by itself until it is closed. Returns at once: if the gateway is unavailable, the outcomes of
 * sent messages say so.
 *
 * @throws Error for a malformed URL or CIDR
 */
export const connectOpenClaw = ({ log, ...options }: OpenClawOptions): OpenClawConnection => {
  const host = new URL(options.url).host;
  let reported: string | null = null;
  const link = openLink(
    options,
    {
      connected: ({ server }) => {
        reported = null;
        log.info(
          { openclaw_host: host, openclaw_version: server.version },
          'connected to the OpenClaw gateway',
        );
      },
      disconnected: (problem, nextAttemptMs) => {
        // One line per reason, not one per attempt.
        if (problem.code === reported) return;
        reported = problem.code;
        log.warn(
          {
            openclaw_host: host,
            code: problem.code,
            openclaw_code: problem.kind === 'rejected' ? problem.gatewayCode : null,
            next_attempt_ms: nextAttemptMs,
          },
          'not connected to the OpenClaw gateway',
        );
      },
    },
    handshakeTimeoutMs,
  );
  return {
    send: (message, { timeoutMs }) => sendMessage(link, message, timeoutMs),
    wasAccepted: (message, { timeoutMs }) => wasAccepted(link, message, timeoutMs),
    close: () => link.close(),
  };
};

/** @throws Error for a malformed URL or CIDR */
export const openLink = (
  options: GatewayLinkOptions,
  events: GatewayLinkEvents,
  timeoutMs: number,
): GatewayLink => {
  const url = new URL(options.url);
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new Error('The URL of an OpenClaw gateway must begin with ws: or wss:.');
  }
  const guard = new AddressGuard(options.denyCidrs ?? defaultDenyCidrs, {
    privateOnly: url.protocol === 'ws:' && !options.allowInsecureTls,
  });
  const target = { url, verifyTls: !options.allowInsecureTls, guard, timeoutMs };
  return new GatewayLink(target, options.token, events);
};
