import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Below the ports that Linux and macOS assign to outgoing connections and to listeners without a fixed port (from 32768 and 49152).
 * In that range, a port that is free now could become the local end of a connection a moment later, or while its server restarts.
 */
const range = { first: 20_000, last: 32_767 };
const size = range.last - range.first + 1;

/**
 * Ports are handed out in sequence, so that this process never gives the same port to two servers before either has bound it. The
 * sequence starts at a random port, because other processes do the same.
 */
let handedOut = Math.floor(Math.random() * size);

/** How long a port is kept for the server that it was handed out for. */
const reservedMs = 60_000;

/**
 * Distinct loopback ports that were free a moment ago. On Linux, no other process that asks here gets one of them within the next minute,
 * unless this one ends.
 */
export const freePorts = async (count: number): Promise<number[]> => {
  const servers: Server[] = [];
  const ports: number[] = [];
  for (let tried = 0; ports.length < count; tried += 1) {
    if (tried === size) throw new Error(`No ${count} free ports from ${range.first} to ${range.last}.`);
    const port = range.first + (handedOut % size);
    handedOut += 1;
    const server = await listenOn(port);
    if (!server) continue;
    servers.push(server);
    if (!(await reserve(port))) continue;
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

/**
 * Several processes hand out ports at the same time, and a server may take seconds to bind its port. A socket in Linux' abstract namespace
 * needs no file, and is gone with the process.
 */
const reserve = async (port: number): Promise<boolean> => {
  if (process.platform !== 'linux') return true;
  const holder = createServer().listen(`\0mission-control-port-${port}`);
  try {
    await once(holder, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return false;
  }
  holder.unref();
  setTimeout(() => holder.close(), reservedMs).unref();
  return true;
};

/** Returns null if the port is in use. */
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
