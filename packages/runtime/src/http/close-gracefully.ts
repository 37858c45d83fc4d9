import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const checkMs = 25;

/**
 * Makes every response end its connection once the signal is aborted. Proxies keep connections open and would send the next request on
 * one that is about to close; so they open the next connection elsewhere. Call it before the server listens.
 */
export const endConnectionsWhen = (server: Server, draining: AbortSignal): void => {
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (draining.aborted) response.setHeader('connection', 'close');
  });
};

/**
 * Makes closing wait for requests, not for connections: browsers open speculative connections that they never use, and Node counts those
 * as busy. Call it before the server listens.
 *
 * @param patienceMs how long requests in progress may take to finish; then every connection is closed
 * @returns a function that runs `close`, which must stop accepting connections
 */
export const closingGracefully = (
  server: Server,
  patienceMs: number,
): ((close: () => Promise<void>) => Promise<void>) => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return async (close) => {
    const check = setInterval(() => {
      server.closeIdleConnections();
      // A connection that has sent part of a request stays open until it has its response.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    }, checkMs);
    const patience = setTimeout(() => server.closeAllConnections(), patienceMs);
    try {
      await close();
    } finally {
      clearInterval(check);
      clearTimeout(patience);
    }
  };
};
