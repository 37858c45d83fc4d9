import { expect, it } from 'vitest';
import { lazily, picked } from './iterables.ts';

/** Notes when it is closed. */
const numbers = (closed: string[]): AsyncIterable<number> =>
  (async function* () {
    try {
      for (let n = 1; n <= 4; n += 1) yield n;
    } finally {
      closed.push('closed');
    }
  })();

it('passes on what is made of the items, and nothing for undefined', async () => {
  const made = picked(numbers([]), (n) => (n % 2 === 0 ? `${n}` : undefined));
  expect(await Array.fromAsync(made)).toEqual(['2', '4']);
});

it('waits for what is still being made, in order', async () => {
  const made = picked(numbers([]), (n) =>
    n === 1 ? new Promise<number>((resolve) => setImmediate(resolve, n)) : n,
  );
  expect(await Array.fromAsync(made)).toEqual([1, 2, 3, 4]);
});

it('closes the items when the consumer leaves the loop', async () => {
  const closed: string[] = [];
  for await (const n of picked(numbers(closed), (one) => one)) if (n === 2) break;
  expect(closed).toEqual(['closed']);
});

it('closes the items when nothing can be made of one', async () => {
  const closed: string[] = [];
  const fail = () => {
    throw new Error('unreadable');
  };
  await expect(Array.fromAsync(picked(numbers(closed), fail))).rejects.toThrow('unreadable');
  expect(closed).toEqual(['closed']);
});

it('begins when it is iterated, and rejects with what beginning throws', async () => {
  let begun = 0;
  const fail = (): AsyncIterable<number> => {
    begun += 1;
    throw new Error('closed');
  };
  const items = lazily(fail);
  expect(begun).toBe(0);
  await expect(Array.fromAsync(items)).rejects.toThrow('closed');
  expect(begun).toBe(1);
});
