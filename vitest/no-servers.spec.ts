import { execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test.for([
  ['Postgres', 'postgres', []],
  ['a new cluster', '/opt/postgres/bin/initdb', ['-D', '/tmp/data']],
  ['Postgres as another user', 'setpriv', ['--reuid=1', '/opt/postgres/bin/postgres']],
  ['NATS', '/usr/bin/nats-server', []],
  ['Redis', 'redis-server', []],
  ['a built service', process.execPath, [join(import.meta.dirname, '../services/gateway/dist/main.js')]],
] as const)('a quick spec cannot start %s', ([, file, args]) => {
  expect(() => spawn(file, args)).toThrow('A quick spec starts');
  expect(() => execFile(file, args)).toThrow('A quick spec starts');
});

test('a quick spec cannot fork a built program', () => {
  expect(() => fork('/clone/packages/event-store/dist/conformance/processes/main.js')).toThrow(
    'A quick spec starts',
  );
});

test('other programs start, even those whose name begins like that of a server', async () => {
  const child = spawn('true', ['nats-server.log', '/tmp/redis-server/data']);
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test("the run's Postgres cannot be reached", () => {
  expect(process.env.TEST_POSTGRES_URL).toBe('');
});
