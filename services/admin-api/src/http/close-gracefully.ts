import type { Server, ServerResponse } from 'node:http';

const checkMs = 25;

/**
 * Makes closing wait for requests, not for connections: browsers open some on suspicion and never use them, and node counts
 * those as busy. To be called before the server listens.
 *
 * @param patienceMs what is under way gets this long to finish; then every connection is ended
 * @returns runs `close`, which is to stop accepting
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
