import { expect, test } from 'vitest';
import { waitFor } from './wait-for.ts';

test('resolves to the value that the condition finally returned', async () => {
  let asked = 0;
  expect(await waitFor(() => (++asked < 3 ? null : `asked ${asked} times`))).toBe('asked 3 times');
});

test('on timeout, reports the last error that the condition threw', async () => {
  const condition = () => {
    throw new Error('no rows yet');
  };
  await expect(waitFor(condition, { timeout: 50 })).rejects.toThrow('Waited 50 ms in vain: no rows yet');
});
