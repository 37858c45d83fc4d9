import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@mission-control/free-ports';
import { type Guard, guardFolder } from '@mission-control/testing';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identifyProcess } from '../process/identity.ts';
import { askPostgres } from './ask.ts';
import { type PostgresOptions, type RunningPostgres, startPostgres } from './start.ts';

let folder: string;
let guard: Guard;
let dataDir: string;
const running: RunningPostgres[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mission-control-embedded-'));
  guard = guardFolder(folder);
  dataDir = join(folder, 'postgres');
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  await guard.release();
});
const start = async (options: Partial<PostgresOptions> = {}) => {
  const server = await startPostgres({ dataDir, password: 'p@ss/word', ...options });
  running.push(server);
  return server;
};
const startModule = new URL('./start.ts', import.meta.url).href;
/** Starts Postgres from a child process and kills that process. Resolves to the server's pid. */
const startAndBeKilled = async (): Promise<number> => {
  const owner = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { startPostgres } = await import(${JSON.stringify(startModule)});
       console.log((await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, password: 'p@ss/word' })).pid);
       setInterval(() => {}, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [pid] = await once(owner.stdout, 'data');
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  return Number(pid);
};

test('accepts only clients with the password', async () => {
  const { url, port } = await start({ database: 'mission_control' });
  const { rows } = await query(url, 'select current_database() as name');
  expect(rows).toEqual([{ name: 'mission_control' }]);
  await expect(
    askPostgres(`postgres://mission_control:guess@127.0.0.1:${port}/postgres`),
  ).rejects.toMatchObject({
    code: '28P01',
  });
});

test('a commit is durable unless a setting says otherwise', async () => {
  const { url } = await start();
  const { rows } = await query(
    url,
    `select current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
       current_setting('synchronous_commit') as sync, current_setting('listen_addresses') as addresses,
       current_setting('unix_socket_directories') as sockets`,
  );
  expect(rows).toEqual([{ fsync: 'on', pages: 'on', sync: 'on', addresses: '127.0.0.1', sockets: '' }]);
});

test("the caller's settings take effect", async () => {
  const { url } = await start({ settings: { fsync: 'off', max_connections: '17' } });
  const { rows } = await query(
    url,
    `select current_setting('fsync') as fsync, current_setting('max_connections') as max`,
  );
  expect(rows).toEqual([{ fsync: 'off', max: '17' }]);
});

test('a stop keeps the data and leaves nothing running', async () => {
  const first = await start();
  await askPostgres(first.url, 'create table kept (id int)');
  await first.stop();
  expect(await identifyProcess(first.pid)).toBeNull();
  expect(readdirSync(folder).sort()).toEqual(['postgres', 'postgres.log']);
  await askPostgres((await start()).url, 'select * from kept');
});

test('ends a server that a killed owner left running, and keeps its data', async () => {
  const left = await startAndBeKilled();
  expect(await identifyProcess(left)).not.toBeNull();
  const { url } = await start();
  expect(await identifyProcess(left)).toBeNull();
  await askPostgres(url);
});

test('does not touch a process that has reused the pid', async () => {
  await (await start()).stop();
  const bystander = spawn('sleep', ['600'], { stdio: 'ignore' });
  const pid = bystander.pid ?? 0;
  writeFileSync(join(dataDir, 'postmaster.pid'), `${pid}\n${dataDir}\n1\n`);
  const server = { pid, startedAt: 'another time' };
  writeFileSync(`${dataDir}.run.json`, JSON.stringify({ server, owner: { pid: 1, startedAt: '' } }));
  try {
    await askPostgres((await start()).url);
    expect(await identifyProcess(pid)).not.toBeNull();
  } finally {
    bystander.kill('SIGKILL');
  }
});

test('removes the remains of a crash during creation', async () => {
  const unfinished = join(folder, '.postgres.unfinished-abc');
  mkdirSync(unfinished);
  writeFileSync(join(unfinished, 'PG_VERSION'), '18\n');
  mkdirSync(dataDir);
  await askPostgres((await start()).url);
  expect(readdirSync(folder)).not.toContain('.postgres.unfinished-abc');
});

test('leaves a folder with other content alone', async () => {
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'letter.txt'), 'Dear');
  await expect(start()).rejects.toThrow('contains files, but no Postgres database');
  expect(readFileSync(join(dataDir, 'letter.txt'), 'utf8')).toBe('Dear');
});

test('the errors name a port that is in use and a wrong password', async () => {
  const first = await start();
  await expect(start({ dataDir: join(folder, 'other'), port: first.port })).rejects.toThrow(
    `Port ${first.port} is taken`,
  );
  await first.stop();
  await expect(start({ password: 'another' })).rejects.toThrow('Postgres rejects the password');
});

test("a wrong setting fails with the server's own message", async () => {
  await expect(start({ port: await freePort(), settings: { fsync: 'perhaps' } })).rejects.toThrow(
    /parameter "fsync" requires a Boolean value/,
  );
});

test('root runs it as another user, even below a folder that only root may enter', async (context) => {
  if (process.getuid?.() !== 0) context.skip('needs root');
  chmodSync(folder, 0o700);
  const { pid } = await start();
  expect(statSync(dataDir).uid).not.toBe(0);
  expect(statSync(folder).uid).toBe(0);
  expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(
    new RegExp(`^Uid:\\s+${statSync(dataDir).uid}\\s`, 'm'),
  );
});

const query = async (url: string, sql: string) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
};
