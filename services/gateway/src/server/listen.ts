import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Resolves to the port. Port 0 picks a free one. */
export const listen = async (server: FastifyInstance, host: string, port: number): Promise<number> => {
  try {
    await server.listen({ host, port });
    return (server.server.address() as AddressInfo).port;
  } catch (error) {
    throw sayingWhich(error as NodeJS.ErrnoException, host, port);
  }
};

const sayingWhich = (error: NodeJS.ErrnoException, host: string, port: number): Error => {
  switch (error.code) {
    case 'EADDRINUSE':
      return new Error(
        `PORT ${port} on ${host} is taken. Stop what listens there, or set PORT to another port.`,
        {
          cause: error,
        },
      );
    case 'EACCES':
      return new Error(`PORT ${port} on ${host} needs more rights. Set PORT to one above 1023.`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Error(
        `HOST ${host} is no address of this machine. Set HOST to one, 127.0.0.1 for example.`,
        {
          cause: error,
        },
      );
    default:
      return error;
  }
};
