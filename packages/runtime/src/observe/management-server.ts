import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

export interface ManagementServer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Serves health, detailed readiness and metrics, on loopback only. With port 0, the system picks a free port. */
export const startManagementServer = async (options: {
  port: number;
  metrics: Metrics;
  /** @param excluded names of checks that do not count */
  readiness: (excluded: readonly string[]) => Promise<Readiness>;
}): Promise<ManagementServer> => {
  const server = createServer(async (request, response) => {
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const [path, query] = (request.url ?? '').split('?');
    switch (path) {
      case '/healthz':
        return json(200, { status: 'ok' });
      case '/readyz': {
        // Kubernetes' own servers use the same parameter.
        const excluded = new URLSearchParams(query).getAll('exclude');
        const readiness = await options.readiness(excluded);
        return json(readiness.ready ? 200 : 503, readiness);
      }
      case '/metrics':
        return options.metrics.answer(request, response);
      default:
        return json(404, { code: 'not_found', detail: 'This port answers /healthz, /readyz and /metrics.' });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
