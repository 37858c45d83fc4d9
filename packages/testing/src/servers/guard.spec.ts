import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyProcess } from '@mission-control/embedded-servers';
import { expect, test } from 'vitest';
import { waitFor } from '../wait-for.ts';

const guardModule = new URL('./guard.ts', import.meta.url).href;

test('a killed owner takes its server and its folder along', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mission-control-guard-'));
  const server = spawn('sleep', ['600'], { stdio: 'ignore' });
  const owner = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { guardFolder } = await import(${JSON.stringify(guardModule)});
       guardFolder(${JSON.stringify(folder)}, 'KILL').watch(${server.pid});
       setInterval(() => {}, 1000);
       console.log('guarded');`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(owner.stdout, 'data');
  expect(await identifyProcess(server.pid ?? 0)).not.toBeNull();

  owner.kill('SIGKILL');

  await waitFor(async () => (await identifyProcess(server.pid ?? 0)) === null);
  await waitFor(() => !existsSync(folder));
});
