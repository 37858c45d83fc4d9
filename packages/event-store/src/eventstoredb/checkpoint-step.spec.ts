import { expect, test } from 'vitest';
import { CheckpointStep } from './checkpoint-step.ts';

/** A step, and a way to let events come at the same rate for some seconds. */
const steady = () => {
  let now = 0;
  const step = new CheckpointStep(() => now);
  return {
    step,
    during: (seconds: number, perSecond: number): number => {
      const batches = seconds * 50;
      for (let batch = 0; batch < batches; batch += 1) {
        now += 20;
        step.adapt(perSecond / 50);
      }
      return step.events;
    },
  };
};

test('a quiet log is followed event by event, a busy one in steps, and a very busy one in large steps', () => {
  const { step, during } = steady();
  expect(step.events).toBe(1);
  expect(during(2, 150)).toBe(1);
  expect(step.isLarge).toBe(false);
  expect(during(2, 250)).toBe(32);
  expect(step.isLarge).toBe(true);
  expect(during(2, 1_900)).toBe(32);
  expect(during(2, 2_500)).toBe(256);
});

test('a step is left only when the rate is well below the one that led to it', () => {
  const { step, during } = steady();
  during(2, 2_500);
  expect(during(2, 1_000)).toBe(256);
  expect(during(2, 500)).toBe(32);
  expect(during(2, 100)).toBe(32);
  expect(during(2, 20)).toBe(1);
  during(2, 2_500);
  step.reset();
  expect(step.events).toBe(1);
});

test('a sudden rise ends the smallest step before the rate has been measured', () => {
  let now = 0;
  const step = new CheckpointStep(() => now);
  step.adapt(63);
  expect(step.events).toBe(1);
  now += 10;
  step.adapt(1);
  expect(step.events).toBe(32);
});
