import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { endProcess } from './end.ts';
import { identifyProcess, isRunning } from './identity.ts';

const steps = [
  { signal: 'SIGTERM', waitMs: 100 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

test('the next signal ends a process that survived the first', async () => {
  const stubborn = spawn('/bin/sh', ['-c', `trap '' TERM; echo set; while :; do sleep 0.1; done`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(stubborn.stdout, 'data');
  const identity = await identifyProcess(stubborn.pid ?? 0);
  if (!identity) throw new Error('not running');
  await endProcess(identity, steps);
  expect(await isRunning(identity)).toBe(false);
});

test('leaves a process with the same pid and another start time alone', async () => {
  const bystander = spawn('sleep', ['600'], { stdio: 'ignore' });
  const pid = bystander.pid ?? 0;
  await endProcess({ pid, startedAt: 'another time' }, steps);
  expect(await identifyProcess(pid)).not.toBeNull();
  bystander.kill('SIGKILL');
});

test('a process that has ended has no identity', async () => {
  const ended = spawn('true', { stdio: 'ignore' });
  await once(ended, 'exit');
  expect(await identifyProcess(ended.pid ?? 0)).toBeNull();
});
