import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openEventStore } from '@mission-control/event-store';
import { Scene } from '@mission-control/test-scene';
import { createTestDatabase } from '@mission-control/test-servers';
import pg from 'pg';
import { expect, it } from 'vitest';
import { runEvents } from './events-command.spec-support.ts';

const run = promisify(execFile);

/** The reason why pg_dump cannot dump the server; undefined if it can. */
const noDump = async (url: string): Promise<string | undefined> => {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ major: number }>(
    `select current_setting('server_version_num')::integer / 10000 as major`,
  );
  await client.end();
  const server = rows[0]?.major ?? 0;
  const version = await run('pg_dump', ['--version']).catch(() => null);
  const found = Number(/\d+/.exec(version?.stdout ?? '')?.[0] ?? 0);
  if (found >= server) return undefined;
  return `needs pg_dump ${server} or newer, there is ${found === 0 ? 'none' : found}`;
};

it('a dump of the log is the same log after it is restored, and can be marked', async (context) => {
  const [one, other] = [await createTestDatabase(), await createTestDatabase()];
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-dump-'));
  try {
    const reason = await noDump(one.url);
    if (reason) return context.skip(reason);
    const store = await openEventStore(one.url);
    const scene = new Scene(store);
    const boardId = await scene.board();
    const webhookId = await scene.webhook(boardId);
    for (let n = 0; n < 10; n += 1) await scene.arrival({ boardId, webhookId });
    const before = { head: await store.head(), events: await Array.fromAsync(store.readAll()) };
    await store.close();

    const file = join(folder, 'mission_control.dump');
    await run('pg_dump', ['--format=custom', `--file=${file}`, one.url]);
    await run('pg_restore', ['--no-owner', '--exit-on-error', `--dbname=${other.url}`, file]);
    const restored = await openEventStore(other.url);
    expect({ head: await restored.head(), events: await Array.fromAsync(restored.readAll()) }).toEqual(
      before,
    );
    await restored.close();
    expect(await runEvents('mark-restored', '--url', other.url)).toMatch('marked as restored');
  } finally {
    await rm(folder, { recursive: true });
    await other.drop();
    await one.drop();
  }
});
