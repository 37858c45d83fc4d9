import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Fault } from './faults.ts';
import type { OpenClawSimulator } from './start.ts';

/**
 * The simulator's remote control. It has its own port, because the simulated port may be set to refuse connections:
 * `GET /sessions`, `POST /fail` (`{fault, times?}`), `POST /heal`, `POST /restart`.
 */
export const startControlServer = async (
  simulator: OpenClawSimulator,
  port: number,
): Promise<{ url: string; stop: () => Promise<void> }> => {
  const server = createServer((request, response) => {
    const answered = answer(simulator, request).then(
      (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(400).end(error instanceof Error ? error.message : String(error)),
    );
    void answered;
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

const answer = async (simulator: OpenClawSimulator, request: IncomingMessage): Promise<unknown> => {
  switch (`${request.method} ${request.url}`) {
    case 'GET /sessions':
      return simulator.sessions();
    case 'POST /fail': {
      const { fault, times } = JSON.parse(await text(request)) as { fault: Fault; times?: number };
      await simulator.fail(fault, times === undefined ? {} : { times });
      return {};
    }
    case 'POST /heal':
      await simulator.heal();
      return {};
    case 'POST /restart':
      await simulator.restart();
      return {};
    default:
      throw new Error(`There is no ${request.method} ${request.url}.`);
  }
};
