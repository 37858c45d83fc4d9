import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Resolves to the port. Port 0 picks a free one. */
export const listen = async (server: FastifyInstance, host: string, port: number): Promise<number> => {
  try {
    await server.listen({ host, port });
    return (server.server.address() as AddressInfo).port;
  } catch (error) {
    throw explained(error as NodeJS.ErrnoException, host, port);
  }
};

const explained = (error: NodeJS.ErrnoException, host: string, port: number): Error => {
  switch (error.code) {
    case 'EADDRINUSE':
      return new Error(
        `PORT ${port} on ${host} is already in use. Stop the program that uses it, or set PORT to another port.`,
        {
          cause: error,
        },
      );
    case 'EACCES':
      return new Error(`PORT ${port} on ${host} needs elevated privileges. Set PORT to 1024 or higher.`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Error(
        `HOST ${host} is not an address of this machine. Set HOST to one that is, for example 127.0.0.1.`,
        {
          cause: error,
        },
      );
    default:
      return error;
  }
};
