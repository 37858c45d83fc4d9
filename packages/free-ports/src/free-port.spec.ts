import { expect, test } from 'vitest';
import { freePorts } from './free-port.ts';

test('ports are different, and none that the system gives to connections', async () => {
  const ports = await freePorts(200);
  expect(new Set(ports).size).toBe(200);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});
