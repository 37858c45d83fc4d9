import type { FastifyInstance } from 'fastify';

/** How long requests in progress may take to finish. */
const patienceMs = 5_000;
const idleCheckMs = 25;

/** Stops accepting connections, lets requests in progress finish, and closes connections as they become idle. */
export const closeServer = async (server: FastifyInstance, close: () => Promise<void>): Promise<void> => {
  const http = server.server;
  const idle = setInterval(() => http.closeIdleConnections(), idleCheckMs);
  const patience = setTimeout(() => http.closeAllConnections(), patienceMs);
  try {
    await close();
  } finally {
    clearInterval(idle);
    clearTimeout(patience);
  }
};
