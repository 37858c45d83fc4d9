import { expect, test } from 'vitest';
import { waitFor } from './wait-for.ts';

test('resolves to what the condition returned at last', async () => {
  let asked = 0;
  expect(await waitFor(() => (++asked < 3 ? null : `asked ${asked} times`))).toBe('asked 3 times');
});

test('says what the condition threw last when the time is over', async () => {
  const condition = () => {
    throw new Error('no rows yet');
  };
  await expect(waitFor(condition, { timeout: 50 })).rejects.toThrow('Waited 50 ms in vain: no rows yet');
});
