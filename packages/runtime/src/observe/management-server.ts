import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Level, Logger } from 'pino';
import type { BuildInfo } from '../build-info.ts';
import { levels, setLevel } from './log-level.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

export interface ManagementServer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Serves health with the build, detailed readiness, metrics and the level of the log. With port 0, the system picks a free port. */
export const startManagementServer = async (options: {
  host: string;
  port: number;
  build: BuildInfo;
  metrics: Metrics;
  log: Logger;
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
        return json(200, { status: 'ok', ...options.build });
      case '/readyz': {
        // Kubernetes' own servers use the same parameter.
        const excluded = new URLSearchParams(query).getAll('exclude');
        const readiness = await options.readiness(excluded);
        return json(readiness.ready ? 200 : 503, readiness);
      }
      case '/metrics':
        return options.metrics.answer(request, response);
      case '/log-level':
        if (request.method === 'PUT') {
          const level = await readLevel(request);
          if (!level) return json(422, { code: 'invalid', detail: `Send one of ${levels.join(', ')}.` });
          setLevel(options.log, level);
        }
        return json(200, { level: options.log.level });
      default:
        return json(404, {
          code: 'not_found',
          detail: 'This port answers /healthz, /readyz, /metrics and /log-level.',
        });
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

/** The body is the name of a level. null: it is not. */
const readLevel = async (request: IncomingMessage): Promise<Level | null> => {
  const name = (await text(request)).trim().toLowerCase();
  return levels.find((level) => level === name) ?? null;
};
