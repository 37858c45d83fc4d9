import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Below the ports that Linux and macOS give to outgoing connections and to listeners without a port of their own (from 32768 and
 * 49152): there a port that is free now could be somebody's local end a moment later, or while its server restarts.
 */
const range = { first: 20_000, last: 32_767 };
const attempts = 1_000;

/** Different loopback ports that were free a moment ago. Only who looks for a free port as well may take one before it is used. */
export const freePorts = async (count: number): Promise<number[]> => {
  const servers: Server[] = [];
  const ports: number[] = [];
  for (let attempt = 0; ports.length < count; attempt += 1) {
    if (attempt >= attempts + count) throw new Error(`No ${count} free ports from ${range.first} on.`);
    const port = range.first + Math.floor(Math.random() * (range.last - range.first + 1));
    const server = await listenOn(port);
    if (!server) continue;
    servers.push(server);
    ports.push(port);
  }
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
};

/** @see freePorts */
export const freePort = async (): Promise<number> => {
  const [port = 0] = await freePorts(1);
  return port;
};

/** null when the port is taken. */
const listenOn = async (port: number): Promise<Server | null> => {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (!['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return null;
  }
};
