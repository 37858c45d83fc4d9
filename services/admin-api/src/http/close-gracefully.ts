import type { Server, ServerResponse } from 'node:http';

const checkMs = 25;

/**
 * Makes closing wait for requests, not for connections: browsers open speculative connections that they never use, and Node
 * counts those as busy. Call it before the server listens.
 *
 * @param patienceMs how long requests in progress may take to finish; then every connection is closed
 * @returns a function that runs `close`, which must stop accepting connections
 */
export const closingGracefully = (
  server: Server,
  patienceMs: number,
): ((close: () => Promise<void>) => Promise<void>) => {
  let underWay = 0;
  server.on('request', (_request, response: ServerResponse) => {
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
    });
  });
  return async (close) => {
    const check = setInterval(() => {
      if (underWay === 0) server.closeAllConnections();
      else server.closeIdleConnections();
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
