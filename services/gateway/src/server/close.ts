import type { FastifyInstance } from 'fastify';

/** What is under way gets this long to finish. */
const patienceMs = 5_000;
const idleCheckMs = 25;

/** Stops accepting, lets requests under way finish, and ends connections as they become idle. */
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
