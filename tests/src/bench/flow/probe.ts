import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Session } from 'node:inspector/promises';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

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

interface WireConnection {
  parse(query: { name?: string; text: string }, more?: boolean): void;
  bind(config: { statement?: string }, more?: boolean): void;
  query(text: string): void;
  on(event: 'readyForQuery', listener: (message: { status: string }) => void): void;
}

const counts = new Map<string, number>();
let transactions = 0;
const count = (text: string) => counts.set(text, (counts.get(text) ?? 0) + 1);

/** Counts on the wire, where every query passes, however it was made. Each answer that leaves no transaction open ended one. */
const countStatements = (): void => {
  const pg = createRequire(join(program, '../../../../packages/event-store/package.json'))('pg') as {
    Connection: { prototype: WireConnection };
    Client: { prototype: { connection: WireConnection; connect(...args: unknown[]): unknown } };
  };
  const wire = pg.Connection.prototype;
  const texts = new WeakMap<WireConnection, Map<string, string>>();
  const { parse, bind, query } = wire;
  wire.parse = function (statement, more) {
    const known = texts.get(this) ?? new Map<string, string>();
    texts.set(this, known.set(statement.name ?? '', statement.text));
    return parse.call(this, statement, more);
  };
  wire.bind = function (config, more) {
    const name = config.statement ?? '';
    count(texts.get(this)?.get(name) ?? name);
    return bind.call(this, config, more);
  };
  wire.query = function (text) {
    count(text);
    return query.call(this, text);
  };
  const { connect } = pg.Client.prototype;
  pg.Client.prototype.connect = function (...args) {
    this.connection.on('readyForQuery', ({ status }) => {
      if (status === 'I') transactions += 1;
    });
    return connect.apply(this, args);
  };
};

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
