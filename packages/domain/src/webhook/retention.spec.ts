import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countExpired, keepsForEver, retentionOf } from './retention.ts';

const none = { maxAgeDays: null, maxPayloads: null };
const now = Date.UTC(2026, 10, 28);
const day = 86_400_000;
/** Payloads of these ages in days, the oldest first. */
const aged = (...days: number[]) =>
  days.map((age) => ({ receivedAt: new Date(now - age * day).toISOString() }));

describe('the retention of a webhook', () => {
  it('is its own limits, and the defaults where it has none', () => {
    const own = (retentionMaxAgeDays: number | null, retentionMaxPayloads: number | null) =>
      retentionOf({ retentionMaxAgeDays, retentionMaxPayloads }, { maxAgeDays: 30, maxPayloads: null });
    expect(own(null, null)).toEqual({ maxAgeDays: 30, maxPayloads: null });
    expect(own(7, 100)).toEqual({ maxAgeDays: 7, maxPayloads: 100 });
    expect(keepsForEver(own(null, null))).toBe(false);
    expect(keepsForEver(none)).toBe(true);
  });
});

describe('the oldest payloads have expired', () => {
  it.each([
    ['never, without a limit', aged(900, 800), 2, none, 0],
    [
      'when they are older than the maximum age',
      aged(3, 2.1, 2, 1),
      9,
      { maxAgeDays: 2, maxPayloads: null },
      2,
    ],
    ['when there are more than the maximum', aged(3, 2, 1), 4, { maxAgeDays: null, maxPayloads: 2 }, 2],
    ['by whichever limit removes more', aged(3, 2, 1), 3, { maxAgeDays: 1.5, maxPayloads: 2 }, 2],
    ['all of them', aged(3, 2), 1_000, { maxAgeDays: null, maxPayloads: 1 }, 2],
    ['none while they are few and young', aged(1, 1), 2, { maxAgeDays: 2, maxPayloads: 2 }, 0],
    [
      'in their order: one with a late clock does not hold up those that are too many',
      aged(1, 3, 2),
      3,
      { maxAgeDays: 2.5, maxPayloads: 2 },
      2,
    ],
    [
      'in their order: an older one waits for a younger one before it',
      aged(1, 3),
      2,
      { maxAgeDays: 2, maxPayloads: null },
      0,
    ],
  ])('%s', (_, oldest, total, rule, expected) => {
    expect(countExpired(oldest, total, rule, now)).toBe(expected);
  });

  it('so that never fewer than the maximum remain by number, and none that is too old by age', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { maxLength: 30 }), fc.nat(10), fc.nat(40), (ages, more, max) => {
        const oldest = aged(...ages.sort((one, other) => other - one));
        const total = oldest.length + more;
        const byNumber = countExpired(oldest, total, { maxAgeDays: null, maxPayloads: max + 1 }, now);
        expect(byNumber).toBe(Math.max(0, Math.min(oldest.length, total - max - 1)));
        const byAge = countExpired(oldest, total, { maxAgeDays: max + 1, maxPayloads: null }, now);
        expect(byAge).toBe(ages.filter((age) => age > max + 1).length);
      }),
    );
  });
});
