import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withSetUpLock } from './lock.mjs';

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mission-control-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lockModule = new URL('./lock.mjs', import.meta.url).href;
/** A set-up in its own process: reports when it holds the lock, and holds it until its input ends. */
const holder = () =>
  spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { withSetUpLock } = await import(${JSON.stringify(lockModule)});
       await withSetUpLock(async () => {
         console.log('holds');
         for await (const _ of process.stdin);
       }, ${JSON.stringify(folder)});`,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );

test('the second waits until the first has finished, and nothing is left behind', async () => {
  const first = holder();
  await once(first.stdout, 'data');
  let done = false;
  const second = withSetUpLock(async () => {
    done = true;
  }, folder);
  const third = holder();
  await once(third.stderr, 'data');
  expect(done).toBe(false);
  first.stdin.end();
  third.stdin.end();
  await Promise.all([second, once(first, 'exit'), once(third, 'exit')]);
  expect(done).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});

test('the lock of a killed set-up is taken over', async () => {
  const killed = holder();
  await once(killed.stdout, 'data');
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  expect(readdirSync(folder)).toEqual(['set-up.lock']);
  expect(await withSetUpLock(async () => 'done', folder)).toBe('done');
});

test('a process that has reused the pid does not hold the lock', async () => {
  writeFileSync(
    join(folder, 'set-up.lock'),
    JSON.stringify({ pid: process.ppid, startedAt: 'another time' }),
  );
  const owner = await withSetUpLock(
    async () => JSON.parse(readFileSync(join(folder, 'set-up.lock'), 'utf8')).pid,
    folder,
  );
  expect(owner).toBe(process.pid);
});
