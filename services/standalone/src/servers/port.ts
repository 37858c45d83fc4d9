import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort } from '@mission-control/free-ports';
import { StartError } from '../start-error.ts';

/**
 * Returns the public port if this process can listen on it; for 0, a free port.
 *
 * @throws StartError if the port is in use or not allowed
 */
export const choosePort = async (host: string, port: number): Promise<number> => {
  if (port === 0) return freePort();
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    await once(server.close(), 'close');
    return port;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${message})`;
    throw new StartError(
      `Port ${port} on ${host} ${reason}. Set PORT to another one. Example: PORT=8080 npm start`,
    );
  }
};
