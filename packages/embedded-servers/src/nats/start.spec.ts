import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Guard, guardFolder } from '@mission-control/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identifyProcess } from '../process/identity.ts';
import { askNats } from './ask.ts';
import { natsConfiguration } from './configuration.ts';
import { type RunningNatsServer, startNatsServer } from './start.ts';

let folder: string;
let guard: Guard;
let storeDir: string;
const running: RunningNatsServer[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mission-control-embedded-'));
  guard = guardFolder(folder);
  storeDir = join(folder, 'nats');
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  await guard.release();
});
const start = async (port?: number) => {
  const server = await startNatsServer({
    storeDir,
    user: 'mission',
    password: 'p@ss/word',
    ...(port ? { port } : {}),
  });
  running.push(server);
  return server;
};
const startModule = new URL('./start.ts', import.meta.url).href;

test('accepts only clients with the credentials', async () => {
  const { url, port } = await start();
  await askNats(url);
  await expect(askNats(`nats://127.0.0.1:${port}`)).rejects.toMatchObject({ name: 'AuthorizationError' });
});

test('a token works as well as a user', async () => {
  const server = await startNatsServer({ storeDir, token: 'to/ken' });
  running.push(server);
  await askNats(server.url);
});

test('other users cannot read the configuration with the password', async () => {
  await start();
  expect(statSync(join(storeDir, 'nats-server.conf')).mode & 0o777).toBe(0o600);
});

test('stop and kill leave nothing running', async () => {
  const first = await start();
  await first.kill();
  expect(await identifyProcess(first.pid)).toBeNull();
  const second = await start(first.port);
  expect(second.url).toBe(first.url);
  await second.stop();
  expect(await identifyProcess(second.pid)).toBeNull();
});

test('ends a server that a killed owner left running', async () => {
  const owner = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { startNatsServer } = await import(${JSON.stringify(startModule)});
       const options = { storeDir: ${JSON.stringify(storeDir)}, user: 'mission', password: 'p@ss/word' };
       console.log((await startNatsServer(options)).pid);
       setInterval(() => {}, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const left = Number((await once(owner.stdout, 'data'))[0]);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  expect(await identifyProcess(left)).not.toBeNull();
  await askNats((await start()).url);
  expect(await identifyProcess(left)).toBeNull();
});

test('the error names a port that is in use', async () => {
  const { port } = await start();
  await expect(
    startNatsServer({ storeDir: join(folder, 'other'), user: 'mission', password: 'p@ss/word', port }),
  ).rejects.toThrow(`Port ${port} is taken`);
});

test('the sync interval is set only for servers that support it', () => {
  const write = (version: readonly [number, number]) =>
    JSON.parse(
      natsConfiguration({ name: 'n', storeDir, port: 1, pidFile: 'p', credentials: { token: 't' }, version }),
    ).jetstream;
  expect(write([2, 9])).toEqual({ store_dir: storeDir });
  expect(write([2, 10])).toEqual({ store_dir: storeDir, sync_interval: '10s' });
});
