import { isIP } from 'node:net';
import type { GatewayProtocolSocket, GatewayProtocolSocketHandlers } from '@openclaw/gateway-client/browser';
import { WebSocket } from 'ws';
import { type AddressGuard, AddressRefused } from './address-guard.ts';

export interface DialTarget {
  /** ws: or wss: */
  readonly url: URL;
  readonly verifyTls: boolean;
  readonly guard: AddressGuard;
  /** Milliseconds for address, TCP, TLS and upgrade together. */
  readonly timeoutMs: number;
}

export interface DialedSocket extends GatewayProtocolSocket {
  /** Resolves when the socket has gone. */
  readonly closed: Promise<void>;
}

/** The server answered the upgrade with plain HTTP. */
export class UpgradeRejected extends Error {}

/** As the official client has it: a page of history may be large. */
const maxFrameBytes = 26_214_400;

/** A peer that does not answer a close is cut off. */
const closeGraceMs = 500;

/**
 * Opens the WebSocket under the official protocol client. The official Node client opens its own, without a way to check
 * the resolved address or to accept a private certificate authority's servers; this is the place its browser flavour
 * leaves to the host for both.
 */
export const dial = (target: DialTarget, handlers: GatewayProtocolSocketHandlers): DialedSocket => {
  const host = target.url.hostname.replace(/^\[|\]$/g, '');
  // net.connect looks names up, never addresses.
  const refusal = isIP(host) === 0 ? null : target.guard.refusalOf(host);
  if (refusal) return refusedSocket(refusal, handlers);

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

const refusedSocket = (refusal: AddressRefused, handlers: GatewayProtocolSocketHandlers): DialedSocket => {
  // Later: the protocol client takes no event before it holds the socket.
  setImmediate(() => {
    handlers.error(refusal);
    handlers.close(1006, '');
  });
  return { isOpen: () => false, send: () => {}, close: () => {}, closed: Promise.resolve() };
};
