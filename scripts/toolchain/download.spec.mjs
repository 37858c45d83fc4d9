import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder;
let server;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mission-control-download-'));
  server = createServer((request, response) => {
    response.writeHead(request.url === '/program' ? 200 : 404).end('the program');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const download = async (path, sha256) => {
  const url = `http://127.0.0.1:${server.address().port}${path}`;
  const program = new URL('./download.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, url, join(folder, 'file'), sha256], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, said };
};

test('a file with the right digest is kept', async () => {
  const sha256 = createHash('sha256').update('the program').digest('hex');
  expect(await download('/program', sha256)).toEqual({ code: 0, said: '' });
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('the program');
});

test.each([
  ['/program', 'has SHA-256'],
  ['/nowhere', 'responded with 404'],
])('%s with a wrong digest is rejected: %s', async (path, reason) => {
  const { code, said } = await download(path, '0'.repeat(64));
  expect(code).toBe(1);
  expect(said).toContain(reason);
  expect(existsSync(join(folder, 'file'))).toBe(false);
});
