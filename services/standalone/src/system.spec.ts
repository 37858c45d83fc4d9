import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  askNats,
  askPostgres,
  commandLineOf,
  identifyProcess,
  natsStopSteps,
  postgresStopSteps,
} from '@mission-control/embedded-servers';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { type Guard, guardFolder, waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { patienceMs } from './services/supervise.ts';
import { startFakeSystem } from './testing/start-fake-system.ts';

let folder: string;
let guard: Guard;
let dataDir: string;
let database: TestDatabase;
/** For tests that are not about the embedded database: one that is already running. */
let withDatabase: { DATA_DIR: string; DATABASE_URL: string };
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mission-control-standalone-'));
  guard = guardFolder(folder);
  dataDir = join(folder, 'data');
  database = await createTestDatabase();
  withDatabase = { DATA_DIR: dataDir, DATABASE_URL: database.url };
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((system) => system.stop()));
  await guard.release();
  await database.drop();
});

const started: ReturnType<typeof startFakeSystem>[] = [];
const startSystem = (...args: Parameters<typeof startFakeSystem>) => {
  const system = startFakeSystem(...args);
  started.push(system);
  return system;
};
const startElsewhere = (stderr: 'pipe' | 'inherit') => {
  // Removes BASE_URL, which is Vite's own here.
  const { BASE_URL: _, ...env } = process.env;
  return spawn(
    process.execPath,
    ['--conditions=source', join(import.meta.dirname, 'testing/fake-system-main.ts')],
    { env: { ...env, DATA_DIR: dataDir }, stdio: ['ignore', 'pipe', stderr] },
  );
};

/** The processes of services as `dataDir` names them. A service may be ready a moment before. */
const processesOf = async <Name extends string>(
  ...names: Name[]
): Promise<Record<Name, { readonly pid: number }>> => {
  const path = join(dataDir, 'services.json');
  const read = () => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {});
  await waitFor(() => names.every((name) => name in read()));
  return read();
};

const pidsIn = (lines: readonly string[]): number[] =>
  lines.flatMap((line) => {
    const pid = /^pid (\d+) is up$/.exec(line)?.[1];
    return pid ? [Number(pid)] : [];
  });
const runs = async (pid: number) => (await identifyProcess(pid)) !== null;
const managementPorts = (banner: string): Record<string, number> =>
  Object.fromEntries(
    [...(/Management +(.*)/.exec(banner)?.[1] ?? '').matchAll(/([\w-]+) (\d+)/g)].map(([, name, port]) => [
      name,
      Number(port),
    ]),
  );
const environmentOf = async (banner: string, service: string): Promise<Record<string, string>> =>
  (await (await fetch(`http://127.0.0.1:${managementPorts(banner)[service]}/environment`)).json()) as Record<
    string,
    string
  >;

test('services get servers that accept their login, secrets, and their own ports', async () => {
  const system = startSystem({ DATA_DIR: dataDir });
  const banner = await system.ready;
  const relay = await environmentOf(banner, 'relay');
  const gateway = await environmentOf(banner, 'gateway');

  await askPostgres(relay.DATABASE_URL ?? '');
  await askNats(relay.NATS_URL ?? '');
  expect(new URL(relay.DATABASE_URL ?? '').pathname).toBe('/mission_control');
  expect(relay.EVENTSTORE_URL).toBe(relay.DATABASE_URL);
  expect(Buffer.from(relay.ENCRYPTION_KEY ?? '', 'base64')).toHaveLength(32);
  expect(relay.LOCAL_AUTH_TOKEN?.length).toBeGreaterThanOrEqual(50);
  expect(readFileSync(join(dataDir, 'admin-token'), 'utf8').trim()).toBe(relay.LOCAL_AUTH_TOKEN);
  expect(gateway.BASE_URL).toBe(`http://localhost:${gateway.PORT}`);
  expect(banner).toContain(`curl -s http://localhost:${gateway.PORT}/api/v1/boards`);
});

test('other users cannot read the data directory', async () => {
  const system = startSystem({ DATA_DIR: dataDir });
  await system.ready;
  const modes = Object.fromEntries(
    ['', ...readdirSync(dataDir)].map((name) => [
      name,
      (statSync(join(dataDir, name)).mode & 0o777).toString(8),
    ]),
  );
  expect(new Set(Object.values(modes))).toEqual(new Set(['700', '600']));
  expect(modes).toMatchObject({ '': '700', 'admin-token': '600', 'encryption-key': '600', postgres: '700' });
});

test('a stop ends everything, and the next start finds the same data and secrets', async () => {
  const first = startSystem({ DATA_DIR: dataDir });
  const banner = await first.ready;
  const before = await environmentOf(banner, 'relay');
  await askPostgres(before.DATABASE_URL ?? '', 'create table kept (id int)');
  await first.stop();
  for (const pid of pidsIn(first.lines)) expect(await runs(pid)).toBe(false);
  await expect(askPostgres(before.DATABASE_URL ?? '')).rejects.toThrow();
  expect(readdirSync(dataDir)).not.toContain('LOCK');

  const second = startSystem({ DATA_DIR: dataDir });
  const after = await environmentOf(await second.ready, 'relay');
  await askPostgres(after.DATABASE_URL ?? '', 'select * from kept');
  expect(after.ENCRYPTION_KEY).toBe(before.ENCRYPTION_KEY);
});

test('the gateway is the first to stop', async () => {
  const system = startSystem({ ...withDatabase });
  await system.ready;
  const { gateway, relay } = await processesOf('gateway', 'relay');
  await system.stop();
  const stops = system.lines.filter((line) => / stops$/.test(line));
  expect(stops.map((line) => Number(/\d+/.exec(line)?.[0]))).toEqual([gateway.pid, relay.pid]);
});

test.for([
  ['what follows the log yields the processor to the gateway and Postgres', {}, 10],
  ['with BACKGROUND_NICE=0 all are alike', { BACKGROUND_NICE: '0' }, 0],
] as const)('%s', async ([, settings, nice]) => {
  const system = startSystem({ DATA_DIR: dataDir, ...settings });
  await system.ready;
  const { gateway, relay } = await processesOf('gateway', 'relay');
  const serverOf = (name: string): number =>
    JSON.parse(readFileSync(join(dataDir, `${name}.run.json`), 'utf8')).server.pid;
  const own = getPriority();
  const lowered = Math.min(own + nice, 19);
  expect([gateway.pid, serverOf('postgres')].map((pid) => getPriority(pid))).toEqual([own, own]);
  await waitFor(() => getPriority(relay.pid) === lowered);
  expect(getPriority(serverOf('nats'))).toBe(lowered);
  const sessionOf = (pid: number): string => `/proc/${pid}/autogroup`;
  if (!existsSync(sessionOf(relay.pid))) return;
  // Of a session without a group of its own, the file is empty.
  const niceOf = (pid: number) => /nice (\d+)/.exec(readFileSync(sessionOf(pid), 'utf8'))?.[1];
  expect([undefined, '0']).toContain(niceOf(gateway.pid));
  for (const pid of [relay.pid, serverOf('nats')])
    await waitFor(() => [undefined, String(nice)].includes(niceOf(pid)));
});

test('a service that hangs is ended nevertheless', async () => {
  const system = startSystem({ ...withDatabase }, { relay: 'stubborn-service.mjs' });
  await system.ready;
  const { relay } = await processesOf('relay');
  await system.stop();
  expect(await runs(relay.pid)).toBe(false);
});

test('a stop sends its last signal within 10 s, even if everything hangs', () => {
  const untilLast = (steps: readonly { waitMs: number }[]) =>
    steps.slice(0, -1).reduce((sum, { waitMs }) => sum + waitMs, 0);
  // In this order: the gateway, the other services, nats-server, Postgres.
  const longest = 2 * patienceMs + untilLast(natsStopSteps) + untilLast(postgresStopSteps);
  expect(longest).toBeLessThan(10_000);
});

test('a killed service is restarted, and the log says so', async () => {
  const system = startSystem({ ...withDatabase });
  await system.ready;
  const [pid = 0] = pidsIn(system.lines);
  process.kill(pid, 'SIGKILL');
  await waitFor(() => pidsIn(system.lines).length === 3);
  expect(await runs(pid)).toBe(false);
});

test.each(['postgres', 'nats-server'])('after a kill, %s is restarted on the same port', async (name) => {
  const system = startSystem({ DATA_DIR: dataDir });
  const relay = await environmentOf(await system.ready, 'relay');
  const runFile = join(dataDir, name === 'postgres' ? 'postgres.run.json' : 'nats.run.json');
  process.kill(JSON.parse(readFileSync(runFile, 'utf8')).server.pid, 'SIGKILL');
  await waitFor(async () => {
    await (name === 'postgres' ? askPostgres(relay.DATABASE_URL ?? '') : askNats(relay.NATS_URL ?? ''));
    return true;
  });
});

test("a rejected configuration stops the start with the service's own message", async () => {
  const system = startSystem(
    { ...withDatabase },
    { relay: 'rejecting-service.mjs', gateway: 'healthy-service.mjs' },
  );
  await expect(system.ready).rejects.toThrow(
    /^relay failed to start.*\nrelay cannot start:\nNOTIFIER_MAX_RETRIES must be/,
  );
  await system.stop();
  for (const pid of pidsIn(system.lines)) expect(await runs(pid)).toBe(false);
  expect(system.lines.filter((line) => line.includes('NOTIFIER_MAX_RETRIES'))).toEqual([]);
});

test('a service that ends three times before it was ever ready stops the start', async () => {
  const system = startSystem({ ...withDatabase }, { relay: 'failing-service.mjs' });
  await expect(system.ready).rejects.toThrow(
    /^relay failed to start \(exit code 1\)\.\nthe keyring was made with another key/,
  );
});

test('a second start on the same directory is rejected and has no effect on the first', async () => {
  const first = startSystem({ ...withDatabase });
  const relay = await environmentOf(await first.ready, 'relay');
  // The lock names a process, so a second owner has to be another process.
  const second = startElsewhere('pipe');
  let said = '';
  second.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  expect(await once(second, 'close')).toEqual([1, null]);
  expect(said).toContain(`The system is already running on ${dataDir} (process ${process.pid})`);
  await askPostgres(relay.DATABASE_URL ?? '');
});

test('after kill -9, the next start ends leftover processes and has every committed row', async () => {
  const table = 'create table kept (id int); insert into kept values (1)';
  const killed = startElsewhere('inherit');
  let output = '';
  killed.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  const left = await waitFor(() => {
    const pids = pidsIn(output.split('\n'));
    return pids.length === 2 && pids;
  });
  const { server } = JSON.parse(readFileSync(join(dataDir, 'postgres.run.json'), 'utf8'));
  const port = /-c port=(\d+)/.exec(await commandLineOf(server.pid))?.[1];
  const password = readFileSync(join(dataDir, 'database-password'), 'utf8').trim();
  await askPostgres(`postgres://mission_control:${password}@127.0.0.1:${port}/mission_control`, table);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  for (const pid of left) expect(await runs(pid)).toBe(true);

  const system = startSystem({ DATA_DIR: dataDir });
  const relay = await environmentOf(await system.ready, 'relay');
  for (const pid of [...left, server.pid]) expect(await runs(pid)).toBe(false);
  expect(await askPostgres(relay.DATABASE_URL ?? '', 'select * from kept')).toBe(1);
});

test('a port that is in use is reported before any server writes to the data directory', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const system = startSystem({ DATA_DIR: dataDir, PORT: String(port) });
  await expect(system.ready).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken by another program.`);
  await system.stop();
  expect(readdirSync(dataDir)).toEqual(['VERSION']);
  other.close();
});

test('a folder with other files is not treated as a data directory', async () => {
  writeFileSync(join(folder, 'letter.txt'), 'Dear');
  const system = startSystem({ DATA_DIR: folder });
  await expect(system.ready).rejects.toThrow('which contains other files');
});

test.each([
  ['DATABASE_URL', 'postgres://user:hush@127.0.0.1:1/x'],
  ['NATS_URL', 'nats://user:hush@127.0.0.1:1'],
])('an unreachable %s is reported without its password', async (variable, url) => {
  const system = startSystem({ ...withDatabase, [variable]: url });
  const failure = await system.ready.then(
    () => '',
    (error) => String(error.message),
  );
  expect(failure).toMatch(new RegExp(`^${variable} names 127.0.0.1:1, which cannot be used: `));
  expect(failure).not.toContain('hush');
});
