import { streams } from '@mission-control/contracts';
import { isSealed } from '@mission-control/merkle';
import { expect, it } from 'vitest';

it('every kind of stream is in the tree, except those that the documents name', () => {
  const names = Object.values(streams).map((name) => (typeof name === 'string' ? name : name('id')));
  const outside = ['log_copy', 'rejections-id', 'relay', 'replays', 'steward'];
  expect(names.filter((name) => !isSealed(name)).sort()).toEqual(outside);
});
