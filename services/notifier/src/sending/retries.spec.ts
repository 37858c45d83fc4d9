import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './retries.ts';

const policy = { maxRetries: 5, baseMs: 10_000, maxMs: 60_000 };

describe('the wait before a retry', () => {
  it('doubles up to the maximum, plus up to 10 % jitter, and is null after the last retry', () => {
    expect([1, 2, 3, 4, 5, 6].map((failures) => retryDelayMs(failures, policy, 0))).toEqual([
      10_000,
      20_000,
      40_000,
      60_000,
      60_000,
      null,
    ]);
    expect(retryDelayMs(1, policy, 1)).toBe(11_000);
    expect(retryDelayMs(1, { ...policy, maxRetries: 0 }, 0)).toBeNull();
  });

  it('is as long as the OpenClaw gateway asks for, within its bounds', () => {
    expect(retryDelayMs(1, policy, 0, 30_000)).toBe(30_000);
    expect(retryDelayMs(1, policy, 0, 1_000)).toBe(10_000);
    expect(retryDelayMs(1, policy, 0, 3_600_000)).toBe(60_000);
  });
});
