import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guardFolder } from './guard.ts';
import { waitFor } from './wait-for.ts';

const sleep = () => spawn('sleep', ['600'], { stdio: 'ignore' });
const guardModule = new URL('./guard.ts', import.meta.url).href;

test('when the owner is killed, its servers, its systems with their services, and its folder are cleaned up', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mission-control-guard-'));
  const [server, service, supervisor] = [sleep(), sleep(), sleep()];
  writeFileSync(
    join(folder, 'data.run.json'),
    JSON.stringify({ server: { pid: server.pid }, owner: { pid: process.pid } }),
  );
  mkdirSync(join(folder, 'system'));
  writeFileSync(join(folder, 'system/services.json'), JSON.stringify({ relay: { pid: service.pid } }));
  writeFileSync(join(folder, 'system/LOCK'), JSON.stringify({ pid: supervisor.pid, startedAt: 'then' }));
  const owner = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { guardFolder } = await import(${JSON.stringify(guardModule)});
       guardFolder(${JSON.stringify(folder)});
       setInterval(() => {}, 1000);
       console.log('guarded');`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(owner.stdout, 'data');
  const ended = [server, service, supervisor].map((child) => once(child, 'exit'));
  expect([server.exitCode, service.exitCode, supervisor.exitCode]).toEqual([null, null, null]);

  owner.kill('SIGKILL');

  await Promise.all(ended);
  await waitFor(() => !existsSync(folder));
});

test('release ends what runs on the folder, but not the process that guards it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mission-control-guard-'));
  const guard = guardFolder(folder);
  const service = sleep();
  writeFileSync(join(folder, 'LOCK'), JSON.stringify({ pid: process.pid, startedAt: 'now' }));
  writeFileSync(join(folder, 'services.json'), JSON.stringify({ relay: { pid: service.pid } }));
  const ended = once(service, 'exit');
  await guard.release();
  await ended;
  expect(existsSync(folder)).toBe(false);
});
