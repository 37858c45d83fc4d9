import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcess, identifyProcess } from '@mission-control/embedded-servers';
import { freePort } from '@mission-control/free-ports';
import { createTestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { EventStoreUnsupported } from '../errors.ts';
import { openEventStore } from '../open.ts';

const pgbouncer = [process.env.PGBOUNCER_BIN, '/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find(
  (path) => path !== undefined && existsSync(path),
);

/** Runs the body with the URL of a PgBouncer in front of an empty database. */
const behindPooler = async (
  binary: string,
  mode: string,
  poolSize: number,
  body: (url: string) => Promise<void>,
): Promise<void> => {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-pgbouncer-'));
  const server = new URL(database.url);
  const port = await freePort();
  const name = server.pathname.slice(1);
  const target = `host=${server.hostname} port=${server.port} user=${server.username} password=${server.password}`;
  await writeFile(
    join(folder, 'pgbouncer.ini'),
    `[databases]\n${name} = ${target}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\n` +
      `auth_type = any\npool_mode = ${mode}\ndefault_pool_size = ${poolSize}\n`,
  );
  await chmod(folder, 0o755);
  // PgBouncer refuses to run as root.
  const identity = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const pooler = spawn(binary, [join(folder, 'pgbouncer.ini')], { stdio: 'ignore', ...identity });
  const through = new URL(database.url);
  through.hostname = '127.0.0.1';
  through.port = String(port);
  try {
    await waitFor(async () => {
      const client = new Client({ connectionString: through.href });
      client.on('error', () => {});
      await client.connect();
      await client.end();
      return true;
    });
    await body(through.href);
  } finally {
    const running = await identifyProcess(pooler.pid ?? 0);
    if (running) await endProcess(running, [{ signal: 'SIGKILL', waitMs: 2_000 }]);
    await rm(folder, { recursive: true });
    await database.drop();
  }
};

test.for([
  ['transaction', 1],
  ['transaction', 5],
  ['statement', 5],
] as const)('a pooler in %s mode with %d server connections is rejected', async ([mode, size], { skip }) => {
  if (pgbouncer === undefined) return skip('no pgbouncer here: install it, or name it in PGBOUNCER_BIN');
  await behindPooler(pgbouncer, mode, size, async (url) => {
    const refused = openEventStore(url);
    await expect(refused).rejects.toBeInstanceOf(EventStoreUnsupported);
    await expect(refused).rejects.toThrow(/transaction or statement mode/);
  });
});

test('a pooler in session mode works', async ({ skip }) => {
  if (pgbouncer === undefined) return skip('no pgbouncer here: install it, or name it in PGBOUNCER_BIN');
  await behindPooler(pgbouncer, 'session', 20, async (url) => {
    const store = await openEventStore(url);
    const event = { id: crypto.randomUUID(), type: 'Pooled', data: {}, metadata: {} };
    await store.append('conformance-1', 'any', [event]);
    for await (const message of store.subscribeToAll({ from: 'start' }))
      if (message.kind === 'caught_up') break;
    expect(await store.readEvent('conformance-1', 0)).toMatchObject(event);
    await store.close();
  });
});
