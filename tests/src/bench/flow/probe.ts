import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Session } from 'node:inspector/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { listenToPostgres } from './postgres-wire.ts';

/**
 * Loaded into each service with `--import`, of this checkout or of another one. It counts what the service asks Postgres, by statement, and
 * makes CPU profiles. It listens on loopback, and announces itself by a file `<service>.json` in `FLOW_PROBE_FOLDER`.
 *
 * - `GET /statements`: `{statements: {<text>: <count>}, transactions}`
 * - `GET /environment`: the variables of the service that name its servers
 * - `POST /collect`: `{heapUsed}`, bytes, after garbage was collected
 * - `POST /profile/start`, `POST /profile/stop`: the latter answers the profile
 */
const [, program = ''] = process.argv;
const [, service] = /services\/([^/]+)\/dist\/main\.js$/.exec(program) ?? [];
const folder = process.env.FLOW_PROBE_FOLDER;

const counts = new Map<string, number>();
let transactions = 0;

/** Counts on the wire, where every query passes, however it was made. */
const countStatements = (): void =>
  listenToPostgres({
    onStatement: (text) => counts.set(text, (counts.get(text) ?? 0) + 1),
    onTransactionEnd: () => {
      transactions += 1;
    },
  });

const environment = ['MANAGEMENT_PORT', 'EVENTSTORE_URL', 'DATABASE_URL', 'NATS_URL', 'ENCRYPTION_KEY'];

const session = new Session();

const answers: Readonly<Record<string, () => unknown>> = {
  'GET /statements': () => ({ statements: Object.fromEntries(counts), transactions }),
  'GET /environment': () => Object.fromEntries(environment.map((name) => [name, process.env[name]])),
  'POST /collect': async () => {
    const collector = new Session();
    collector.connect();
    await collector.post('HeapProfiler.collectGarbage');
    collector.disconnect();
    return { heapUsed: process.memoryUsage().heapUsed };
  },
  'POST /profile/start': async () => {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 500 });
    await session.post('Profiler.start');
    return {};
  },
  'POST /profile/stop': async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return profile;
  },
};

const announce = (): void => {
  const server = createServer((request, response) => {
    Promise.resolve(answers[`${request.method} ${request.url}`]?.()).then(
      (answer) => response.end(JSON.stringify(answer)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.on('connection', (socket) => socket.unref());
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    writeFileSync(join(folder ?? '', `${service}.json`), JSON.stringify({ pid: process.pid, port }));
  });
  server.unref();
};

if (service !== undefined && service !== 'standalone' && folder !== undefined) {
  countStatements();
  announce();
}
