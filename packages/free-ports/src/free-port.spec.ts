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
