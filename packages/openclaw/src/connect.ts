import { AddressGuard, defaultDenyCidrs } from './dial/address-guard.ts';
import { type Acceptance, type SentMessage, wasAccepted } from './history.ts';
import { GatewayLink, type LinkEvents } from './link/link.ts';
import { type AgentMessage, type SendOutcome, sendMessage } from './send.ts';

export interface LinkOptions {
  /** ws: or wss: */
  readonly url: string;
  /** The gateway's shared token; null where it asks for none. */
  readonly token: string | null;
  /** Take any certificate, and go to public addresses without TLS. */
  readonly allowInsecureTls: boolean;
  /** Addresses or CIDRs never to connect to, instead of link-local and metadata addresses. */
  readonly denyCidrs?: readonly string[];
}

/** What pino's loggers have. */
interface ConnectionLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface OpenClawOptions extends LinkOptions {
  readonly log: ConnectionLog;
}

interface Within {
  /** Milliseconds, for connecting and answering together. */
  readonly timeoutMs: number;
}

export interface OpenClawConnection {
  /** Sends once. Never throws for what the gateway or the network does. */
  send(message: AgentMessage, within: Within): Promise<SendOutcome>;
  /** Whether the gateway has a message that was sent before: to be asked after a doubt, before sending it again. */
  wasAccepted(message: SentMessage, within: Within): Promise<Acceptance>;
  close(): Promise<void>;
}

const handshakeTimeoutMs = 10_000;

/**
 * Opens a connection that comes back by itself until it is closed. Returns at once: a gateway that is away shows in the
 * outcomes of what is sent.
 *
 * @throws Error for a malformed URL or CIDR
 */
export const connectOpenClaw = ({ log, ...options }: OpenClawOptions): OpenClawConnection => {
  const gateway = new URL(options.url).host;
  let reported: string | null = null;
  const link = openLink(
    options,
    {
      connected: ({ server }) => {
        reported = null;
        log.info({ gateway, gatewayVersion: server.version }, 'connected to the OpenClaw gateway');
      },
      disconnected: (problem, nextAttemptMs) => {
        // One line for a reason, not one for each attempt.
        if (problem.code === reported) return;
        reported = problem.code;
        log.warn({ gateway, ...problem, nextAttemptMs }, 'not connected to the OpenClaw gateway');
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
export const openLink = (options: LinkOptions, events: LinkEvents, timeoutMs: number): GatewayLink => {
  const url = new URL(options.url);
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new Error('The URL of an OpenClaw gateway begins with ws: or wss:.');
  }
  const guard = new AddressGuard(options.denyCidrs ?? defaultDenyCidrs, {
    privateOnly: url.protocol === 'ws:' && !options.allowInsecureTls,
  });
  const target = { url, verifyTls: !options.allowInsecureTls, guard, timeoutMs };
  return new GatewayLink(target, options.token, events);
};
