import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RoundRobin {
  readonly url: string;
  /** Requests forwarded so far, by target. */
  readonly counts: readonly number[];
  readonly stop: () => Promise<void>;
}

/** A reverse proxy that forwards each request to the next of its targets, as a load balancer does. */
export const startRoundRobin = async (targets: readonly string[]): Promise<RoundRobin> => {
  const counts = targets.map(() => 0);
  let turn = 0;
  const server = createServer((incoming, answer) => {
    const index = turn++ % targets.length;
    counts[index] = (counts[index] ?? 0) + 1;
    const { method, headers, url = '/' } = incoming;
    const onward = request(new URL(url, targets[index]), { method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    onward.on('error', () => answer.writeHead(502).end());
    incoming.pipe(onward);
  });
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
