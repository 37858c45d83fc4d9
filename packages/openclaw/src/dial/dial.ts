import { isIP } from 'node:net';
import type { GatewayProtocolSocket, GatewayProtocolSocketHandlers } from '@openclaw/gateway-client/browser';
import { WebSocket } from 'ws';
import { type AddressGuard, AddressRejected } from './address-guard.ts';

export interface DialTarget {
  /** ws: or wss: */
  readonly url: URL;
  readonly verifyTls: boolean;
  readonly guard: AddressGuard;
  /** Milliseconds for DNS lookup, TCP, TLS and upgrade together. */
  readonly timeoutMs: number;
}

export interface DialedSocket extends GatewayProtocolSocket {
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
}

/** The server answered the upgrade with plain HTTP. */
export class UpgradeRejected extends Error {}

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
  const host = target.url.hostname.replace(/^\[|\]$/g, '');
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
  });
  const closed = Promise.withResolvers<void>();
  socket.on('open', handlers.open);
  socket.on('message', (data) => handlers.message(data.toString()));
  socket.on('error', handlers.error);
  socket.on('unexpected-response', (request) => {
    handlers.error(new UpgradeRejected('The server did not upgrade to WebSocket.'));
    request.destroy();
    handlers.close(1006, '');
    closed.resolve();
  });
  socket.on('close', (code, reason) => {
    handlers.close(code, reason.toString());
    closed.resolve();
  });
  return {
    isOpen: () => socket.readyState === WebSocket.OPEN,
    send: (data) => socket.send(data),
    close: (code, reason) => {
      socket.close(code, reason);
      setTimeout(() => socket.terminate(), closeGraceMs).unref();
    },
    closed: closed.promise,
  };
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
