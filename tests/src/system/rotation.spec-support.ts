import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@mission-control/testing';

/** A load balancer whose targets come and go. */
export interface Rotation {
  readonly url: string;
  readonly add: (target: string) => void;
  /** The target gets no more requests. Resolves when it has answered those that it had. */
  readonly remove: (target: string) => Promise<void>;
  /** How many requests the target has answered. */
  readonly answered: (target: string) => number;
  readonly stop: () => Promise<void>;
}

const patience = { timeout: 240_000 };

/**
 * Starts a reverse proxy that forwards each request to the next of its targets and keeps connections open, as load balancers do. It does
 * not repeat a request whose connection broke: the caller's connection is reset.
 */
export const startRotation = async (): Promise<Rotation> => {
  const targets: string[] = [];
  const inProgress = new Map<string, number>();
  const answered = new Map<string, number>();
  const count = (counts: Map<string, number>, target: string, by: number) =>
    counts.set(target, (counts.get(target) ?? 0) + by);
  // Less than servers keep idle connections for.
  const agent = new Agent({ keepAlive: true, timeout: 2_000 });
  let turn = 0;
  const forward = (incoming: IncomingMessage, answer: ServerResponse) => {
    turn += 1;
    const target = targets[turn % targets.length];
    if (target === undefined) return answer.writeHead(502).end();
    const { method, headers, url = '/' } = incoming;
    count(inProgress, target, 1);
    const onward = request(new URL(url, target), { method, headers, agent }, (response) => {
      answer.writeHead(response.statusCode ?? 502, endToEnd(response.headers));
      response.pipe(answer);
      response.once('end', () => count(answered, target, 1));
    });
    onward.once('error', () => incoming.socket.resetAndDestroy());
    onward.once('close', () => count(inProgress, target, -1));
    return incoming.pipe(onward);
  };
  const server = createServer(forward);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (target) => {
      targets.push(target);
    },
    remove: async (target) => {
      targets.splice(targets.indexOf(target), 1);
      await waitFor(() => !inProgress.get(target), patience);
    },
    answered: (target) => answered.get(target) ?? 0,
    stop: async () => {
      agent.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
};

/** What a target says of its own connection does not concern the caller's. */
const endToEnd = ({ connection, 'keep-alive': keepAlive, ...headers }: IncomingMessage['headers']) => headers;
