import { expect, test } from 'vitest';
import { spacingAfter } from './spacing.ts';

/** The pause that a reader settles on, in ms, while the log grows evenly. */
const settledPause = (eventsPerSecond: number, longest: number): number => {
  const readMs = 3;
  let pause = spacingAfter(1, longest);
  for (let batch = 0; batch < 60; batch += 1)
    pause = spacingAfter(((pause + readMs) * eventsPerSecond) / 1_000, longest);
  return pause;
};

test.each([
  [50, 2],
  [500, 3],
  [1_200, 10],
])('at %i events/s, events wait %i ms at most, however patient the readers', (eventsPerSecond, atMost) => {
  expect(settledPause(eventsPerSecond, 250)).toBeLessThanOrEqual(atMost);
});

test.each([10, 250])('in a burst, events wait %i ms for more of them, as their readers allow', (longest) => {
  expect(settledPause(4_000, longest)).toBe(longest);
});
