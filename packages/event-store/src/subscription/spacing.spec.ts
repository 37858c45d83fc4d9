import { expect, it } from 'vitest';
import { spacingAfter, usualPatienceMs } from './spacing.ts';

it.each([
  ['a single event', 1, [usualPatienceMs], 2],
  ['few events', 7, [usualPatienceMs, 250], 7],
  ['many events', 1_000, [usualPatienceMs], usualPatienceMs],
  ['a single event and only patient subscriptions', 1, [250, 400], 250],
  ['a single event and a subscription of little patience', 1, [15, 400], 15],
  ['many events and only patient subscriptions', 1_000, [250, 400], 250],
  ['many events and one impatient subscription', 1_000, [250, usualPatienceMs, 250], usualPatienceMs],
])('after %s the tail pauses as long as all subscriptions allow', (_, covered, patience, spacing) => {
  expect(spacingAfter(covered, patience)).toBe(spacing);
});
