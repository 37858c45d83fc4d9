import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { freePort, freePorts } from './free-port.ts';

test('ports are different, and outside the range that the system assigns to connections', async () => {
  const ports = await freePorts(200);
  expect(new Set(ports).size).toBe(200);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

test('a port is not handed out again before its server has bound it', async () => {
  const inTurn: number[] = [];
  for (let n = 0; n < 500; n += 1) inTurn.push(await freePort());
  const atOnce = await Promise.all(Array.from({ length: 500 }, () => freePort()));
  const together = await freePorts(9);
  expect(new Set([...inTurn, ...atOnce, ...together]).size).toBe(1_009);
});

test.skipIf(process.platform !== 'linux')(
  'two processes that begin at the same port get different ones',
  async () => {
    const program = `
    Math.random = () => 0.5;
    const { freePorts } = await import(${JSON.stringify(new URL('free-port.ts', import.meta.url).href)});
    console.log(JSON.stringify(await freePorts(20)));
    process.stdin.resume();`;
    const processes = [1, 2].map(() =>
      spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const printed = await Promise.all(
      processes.map(async ({ stdout }) => String(await once(stdout, 'data'))),
    );
    for (const { stdin } of processes) stdin.end();
    expect(new Set(printed.flatMap((line) => JSON.parse(line) as number[])).size).toBe(40);
  },
);
