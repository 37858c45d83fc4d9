import { expect, it } from 'vitest';
import { remembered } from './remembered.ts';

it('computes once for each object, and again for an equal one', () => {
  const computed: object[] = [];
  const copy = remembered((of: { a: number }) => {
    computed.push(of);
    return { ...of };
  });
  const [first, second] = [{ a: 1 }, { a: 1 }];
  expect(copy(first)).toEqual({ a: 1 });
  expect(copy(first)).toBe(copy(first));
  expect(copy(second)).not.toBe(copy(first));
  expect(computed).toEqual([first, second]);
});
