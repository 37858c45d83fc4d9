import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { repositoryRoot } from '../system/repository.ts';
import { composePath, readComposeFile } from './compose-file.spec-support.ts';
import { commandsBelow, replacedBy, runCommands } from './runbook.spec-support.ts';

const run = promisify(execFile);
const script = (name: string) => join(repositoryRoot, 'infra/docker', name);
const file = readComposeFile(composePath);

let folder: string;
const generate = () => run('sh', [script('generate-secrets.sh'), join(folder, 'secrets')]);
const secret = (name: string) => readFileSync(join(folder, 'secrets', name), 'utf8').trim();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mission-control-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await generate();
});

describe('generate-secrets.sh', () => {
  test('closes the folder to others, and lets containers read the files', () => {
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700);
    for (const name of Object.keys(file.secrets)) {
      expect(statSync(join(folder, 'secrets', name)).mode & 0o777, name).toBe(0o644);
    }
  });

  test('writes the same passwords for servers and services, and other ones each time', async () => {
    expect(new URL(secret('database-url')).password).toBe(secret('postgres-password'));
    expect(secret('nats-auth')).toBe(
      `user: mission_control, password: "${new URL(secret('nats-url')).password}"`,
    );
    expect(Buffer.from(secret('encryption-key'), 'base64')).toHaveLength(32);
    expect(secret('admin-token')).toMatch(/^[0-9a-f]{64}$/);
    expect(secret('installation-id')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const first = secret('admin-token');
    rmSync(join(folder, 'secrets'), { recursive: true });
    await generate();
    expect(secret('admin-token')).not.toBe(first);
  });

  test('keeps what is there, and fits the rest to it', async () => {
    writeFileSync(join(folder, 'secrets/postgres-password'), 'chosen\n');
    rmSync(join(folder, 'secrets/database-url'));
    const before = [secret('encryption-key'), secret('installation-id')];
    await generate();
    expect([secret('encryption-key'), secret('installation-id')]).toEqual(before);
    expect(new URL(secret('database-url')).password).toBe('chosen');
  });
});

describe('the commands of rotate-secrets.md', () => {
  const rotate = async (heading: string) => {
    const calls = [];
    for (const commands of commandsBelow('rotate-secrets.md', heading)) {
      calls.push(...(await runCommands(commands, folder)));
    }
    for (const name of calls.flatMap(replacedBy)) expect(Object.keys(file.services)).toContain(name);
    return calls;
  };

  test('replace the admin token, with a time in which both are valid', async () => {
    const before = secret('admin-token');
    const [overlap = '', last = ''] = commandsBelow('rotate-secrets.md', 'Admin tokens');
    await runCommands(overlap, folder);
    expect(secret('admin-token')).toMatch(new RegExp(`^admin=${before},next=[0-9a-f]{64}$`));
    const next = secret('admin-token').split('next=')[1];
    await runCommands(last, folder);
    expect(secret('admin-token')).toBe(next);
  });

  test('replace the Postgres password at the server and in both files', async () => {
    const before = secret('postgres-password');
    const calls = await rotate('Postgres');
    expect(secret('postgres-password')).not.toBe(before);
    expect(new URL(secret('database-url')).password).toBe(secret('postgres-password'));
    expect(calls[0]?.input).toBe(`alter role mission_control password '${secret('postgres-password')}'\n`);
    expect(calls.flatMap(replacedBy)).toEqual(['projector', 'admin-api', 'steward']);
  });

  test('replace the NATS password in both files', async () => {
    const before = secret('nats-url');
    const calls = await rotate('NATS');
    expect(secret('nats-url')).not.toBe(before);
    expect(secret('nats-auth')).toContain(new URL(secret('nats-url')).password);
    expect(calls.flatMap(replacedBy)).toEqual(['nats', 'relay', 'notifier']);
  });

  test.for(['Auditor tokens', 'Event store', 'Grafana'])('run as they are written: %s', async (heading) => {
    expect((await rotate(heading)).length).toBeGreaterThan(0);
  });
});

describe('scavenge.sh', () => {
  const scavenge = (env: Record<string, string>, ...args: string[]) =>
    run('sh', [script('scavenge.sh'), ...args], { env: { PATH: process.env.PATH, ...env } });
  const hasCurl = run('curl', ['--version']).then(
    () => true,
    () => false,
  );

  test('asks the event store for a scavenge, and says so when it does not', async ({ skip }) => {
    if (!(await hasCurl)) return skip('needs curl');
    const requests: string[] = [];
    let status = 200;
    const server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      response.writeHead(status).end('{"scavengeId":"1"}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const env = { EVENT_STORE_HTTP_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    expect((await scavenge(env, '--once')).stdout).toBe('scavenge started: {"scavengeId":"1"}\n');
    status = 401;
    await expect(scavenge(env, '--once')).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('401'),
    });
    expect(requests).toEqual(['POST /admin/scavenge', 'POST /admin/scavenge']);
  });

  test.for(['24:00', '3:30', '03:60', 'daily'])('rejects the time %s', async (time) => {
    await expect(scavenge({ EVENT_STORE_HTTP_URL: 'http://x', SCAVENGE_AT: time })).rejects.toMatchObject({
      code: 1,
      stderr: 'SCAVENGE_AT must be HH:MM (UTC). Example: SCAVENGE_AT=03:30\n',
    });
  });

  test.for(['00:00', '08:09', '23:59'])('waits until %s UTC', async (time) => {
    const programs = mkdtempSync(join(tmpdir(), 'mission-control-scavenge-'));
    onTestFinished(() => rmSync(programs, { recursive: true }));
    // 2026-11-28T08:10:00Z, and a sleep that ends the loop.
    writeFileSync(join(programs, 'date'), '#!/bin/sh\necho 1795853400\n', { mode: 0o755 });
    writeFileSync(join(programs, 'sleep'), '#!/bin/sh\necho "sleeps $1"\nkill $PPID\n', { mode: 0o755 });
    const [hour = 0, minute = 0] = time.split(':').map(Number);
    const seconds = (hour * 3600 + minute * 60 - (1_795_853_400 % 86_400) + 86_400) % 86_400;
    await expect(
      scavenge({
        EVENT_STORE_HTTP_URL: 'http://x',
        SCAVENGE_AT: time,
        PATH: `${programs}:${process.env.PATH}`,
      }),
    ).rejects.toMatchObject({
      stdout: `next scavenge in ${seconds} s, at ${time} UTC\nsleeps ${seconds}\n`,
    });
  });
});
