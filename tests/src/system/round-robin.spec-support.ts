import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RoundRobin {
  readonly url: string;
  /** Requests forwarded so far, by target. */
  readonly counts: readonly number[];
  readonly stop: () => Promise<void>;
}

/**
 * Starts a reverse proxy that forwards each request to the next of its targets, as a load balancer does. A request that a target does not
 * accept goes to the next one. If a connection breaks later, the caller's connection is reset, so the caller sees what the target did.
 */
export const startRoundRobin = async (targets: readonly string[]): Promise<RoundRobin> => {
  const counts = targets.map(() => 0);
  let turn = 0;
  const forward = (incoming: IncomingMessage, answer: ServerResponse, others: number) => {
    const index = turn++ % targets.length;
    const { method, headers, url = '/' } = incoming;
    // A connection that is kept alive may be closed just when it is used again.
    const onward = request(new URL(url, targets[index]), { method, headers, agent: false }, (response) => {
      // These two are about the connection to the target.
      const { connection: _, 'keep-alive': __, ...toCaller } = response.headers;
      answer.writeHead(response.statusCode ?? 502, toCaller);
      response.pipe(answer);
      response.once('error', () => incoming.socket.resetAndDestroy());
    });
    onward.once('socket', (socket) =>
      socket.once('connect', () => {
        counts[index] = (counts[index] ?? 0) + 1;
        incoming.pipe(onward);
      }),
    );
    onward.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' && others > 0) forward(incoming, answer, others - 1);
      else incoming.socket.resetAndDestroy();
    });
  };
  // A caller may be too busy to see in time that an idle connection was closed.
  const server = createServer({ keepAliveTimeout: 600_000 }, (incoming, answer) =>
    forward(incoming, answer, targets.length - 1),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
