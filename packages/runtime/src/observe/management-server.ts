import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BuildInfo } from '../build-info.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

export interface ManagementServer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Serves health with the build, detailed readiness and metrics. With port 0, the system picks a free port. */
export const startManagementServer = async (options: {
  host: string;
  port: number;
  build: BuildInfo;
  metrics: Metrics;
  readiness: () => Promise<Readiness>;
}): Promise<ManagementServer> => {
  const server = createServer(async (request, response) => {
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    switch (request.url?.split('?')[0]) {
      case '/healthz':
        return json(200, { status: 'ok', ...options.build });
      case '/readyz': {
        const readiness = await options.readiness();
        return json(readiness.ready ? 200 : 503, readiness);
      }
      case '/metrics':
        return options.metrics.answer(request, response);
      default:
        return json(404, { code: 'not_found', detail: 'This port answers /healthz, /readyz and /metrics.' });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
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
