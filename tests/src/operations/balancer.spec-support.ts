import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@mission-control/testing';

export interface Balancer {
  readonly url: string;
  /** Resolves when the target no longer gets requests, as when an orchestrator takes an instance out before it stops it. */
  readonly drained: (target: string) => Promise<void>;
  /** Resolves when the health check of the target has failed, and it has no request in progress. */
  readonly noticed: (target: string) => Promise<void>;
  /** Resolves when all targets are healthy and used. */
  readonly allHealthy: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const checkEveryMs = 50;
const patience = { timeout: 240_000 };

/**
 * A load balancer with active health checks: it forwards each request to the next target whose /readyz answers 200, or to any if none does.
 * Like others, it tries another target only where no connection was made, because a request that was sent may have been carried out.
 */
export const startBalancer = async (targets: readonly string[]): Promise<Balancer> => {
  const healthy = new Set<string>();
  const takenOut = new Set<string>();
  const inProgress = new Map<string, number>();
  const agent = new Agent({ keepAlive: true });
  const stopping = new AbortController();
  const usable = () => {
    const present = targets.filter((target) => !takenOut.has(target));
    const good = present.filter((target) => healthy.has(target));
    return good.length > 0 ? good : present;
  };
  let turn = 0;

  const forward = async (incoming: IncomingMessage, answer: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const attempt = (tries: number) => {
      const among = usable();
      const target = among[turn++ % Math.max(among.length, 1)];
      if (target === undefined) return answer.writeHead(502, { 'x-balancer': 'no target' }).end();
      inProgress.set(target, (inProgress.get(target) ?? 0) + 1);
      let connected = false;
      const onward = request(new URL(incoming.url ?? '/', target), {
        agent,
        method: incoming.method,
        headers: incoming.headers,
      });
      onward.on('socket', (socket) => {
        connected = !socket.connecting;
        if (!connected) socket.once('connect', () => (connected = true));
      });
      onward.once('close', () => inProgress.set(target, (inProgress.get(target) ?? 1) - 1));
      onward.on('response', (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      onward.on('error', (error: NodeJS.ErrnoException) => {
        if (!connected && tries < targets.length) return void attempt(tries + 1);
        if (!answer.headersSent) answer.writeHead(502, { 'x-balancer': error.code ?? error.message });
        answer.end();
      });
      return onward.end(body);
    };
    attempt(1);
  };

  const server = createServer((incoming, answer) => {
    forward(incoming, answer).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const check = async (target: string) => {
    while (!stopping.signal.aborted) {
      const ok = await fetch(`${target}/readyz`, { signal: AbortSignal.timeout(10_000) })
        .then((answer) => answer.ok)
        .catch(() => false);
      if (ok) healthy.add(target);
      else healthy.delete(target);
      await delay(checkEveryMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const checks = targets.map(check);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    drained: async (target) => {
      takenOut.add(target);
      await waitFor(() => !inProgress.get(target), patience);
    },
    noticed: (target) =>
      waitFor(() => !healthy.has(target) && !inProgress.get(target), patience).then(() => {}),
    allHealthy: async () => {
      takenOut.clear();
      await waitFor(() => healthy.size === targets.length, patience);
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(checks);
      agent.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
};
