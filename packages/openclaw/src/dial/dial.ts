import { isIP } from 'node:net';
import type { GatewayProtocolSocket, GatewayProtocolSocketHandlers } from '@openclaw/gateway-client/browser';
import { WebSocket } from 'ws';
import { type AddressGuard, AddressRejected } from './address-guard.ts';
import { pinnedConnection } from './pinned-connection.ts';
import { speaksTls, TlsRequired } from './tls-probe.ts';

export interface DialTarget {
  /** ws: or wss: */
  readonly url: URL;
  readonly verifyTls: boolean;
  /** SHA-256 of the only accepted certificate, regardless of its issuer, in lower-case hex. Null: any valid certificate is accepted. */
  readonly fingerprint: string | null;
  readonly guard: AddressGuard;
  /** Milliseconds for DNS lookup, TCP, TLS and upgrade together. */
  readonly timeoutMs: number;
}

export interface DialedSocket extends GatewayProtocolSocket {
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
}

/** The server answered the upgrade with plain HTTP. */
export class UpgradeRejected extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The server answered HTTP ${status} instead of upgrading to WebSocket.`);
    this.status = status;
  }
}

/** The official client's limit. A page of history may be large. */
const maxFrameBytes = 26_214_400;

/** After this time, the connection to a peer that does not answer a close is terminated. */
const closeGraceMs = 500;

/**
 * Opens the WebSocket for the official protocol client. The official Node client opens its own socket, without a way to check the
 * resolved address or to accept servers of a private certificate authority. Its browser flavour leaves opening the socket to the host,
 * so both are possible here.
 */
export const dial = (target: DialTarget, handlers: GatewayProtocolSocketHandlers): DialedSocket => {
  const host = hostOf(target.url);
  // net.connect calls `lookup` for names only, so an address is checked here.
  const rejection = isIP(host) === 0 ? null : target.guard.rejectionOf(host);
  if (rejection) return rejectedSocket(rejection, handlers);

  const socket = new WebSocket(target.url, {
    lookup: target.guard.lookup,
    rejectUnauthorized: target.verifyTls,
    handshakeTimeout: target.timeoutMs,
    maxPayload: maxFrameBytes,
    followRedirects: false,
    perMessageDeflate: false,
    ...(target.fingerprint !== null && { createConnection: pinnedConnection(target.fingerprint) }),
  });
  const closed = Promise.withResolvers<void>();
  let opened = false;
  let failure: Error | undefined;
  const end = async (code: number, reason: string) => {
    if (failure && !opened && (await mayBeTls(target, failure))) failure = new TlsRequired();
    if (failure) handlers.error(failure);
    handlers.close(code, reason);
    closed.resolve();
  };
  socket.on('open', () => {
    opened = true;
    handlers.open();
  });
  socket.on('message', (data) => handlers.message(data.toString()));
  socket.on('error', (error) => {
    failure ??= error;
  });
  socket.on('unexpected-response', (request, { statusCode = 0 }) => {
    failure = new UpgradeRejected(statusCode);
    request.destroy();
    void end(1006, '');
  });
  socket.on('close', (code, reason) => void end(code, reason.toString()));
  return {
    isOpen: () => socket.readyState === WebSocket.OPEN,
    // `ws` would measure a string twice, and write it apart from its header.
    send: (data) => socket.send(Buffer.from(data), { binary: false }),
    close: (code, reason) => {
      socket.close(code, reason);
      setTimeout(() => socket.terminate(), closeGraceMs).unref();
    },
    closed: closed.promise,
  };
};

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** A TLS server hangs up on plain HTTP, or answers 400. */
const mayBeTls = async ({ url, guard }: DialTarget, failure: Error): Promise<boolean> => {
  const refused =
    failure instanceof UpgradeRejected
      ? failure.status === 400
      : 'code' in failure && (failure.code === 'ECONNRESET' || failure.code === 'HPE_INVALID_CONSTANT');
  return url.protocol === 'ws:' && refused && speaksTls(hostOf(url), Number(url.port || 80), guard.lookup);
};

const rejectedSocket = (
  rejection: AddressRejected,
  handlers: GatewayProtocolSocketHandlers,
): DialedSocket => {
  // Deferred, because the protocol client ignores events until it has the socket.
  setImmediate(() => {
    handlers.error(rejection);
    handlers.close(1006, '');
  });
  return { isOpen: () => false, send: () => {}, close: () => {}, closed: Promise.resolve() };
};
