import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Told, ToldLately } from './told-lately.ts';

const told = (seconds: number, payloadId = `${seconds}`): Told => ({ at: seconds * 1000, payloadId });
const allowed = (messages: readonly Told[], limit: number | null): boolean[] => {
  const lately = new ToldLately<Told>();
  return messages.map((one) => lately.add(one, limit, limit ?? 100));
};

describe('the messages of a webhook', () => {
  it('are allowed up to the limit, and again as the minute passes', () => {
    const messages = [told(0), told(10), told(20), told(59), told(60), told(61), told(70)];
    expect(allowed(messages, 2)).toEqual([true, true, false, false, true, false, true]);
    expect(allowed(messages, null)).toEqual(messages.map(() => true));
  });

  it('do not count for another arrival of the same payload', () => {
    expect(allowed([told(0, 'a'), told(1, 'a'), told(2, 'a'), told(3, 'b'), told(4, 'c')], 2)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it('are remembered by their times, in whatever order they are added', () => {
    const lately = new ToldLately<Told>();
    for (const one of [told(3), told(1), told(2), told(2, 'b')]) lately.add(one, null, 3);
    expect(lately.all()).toEqual([told(2), told(2, 'b'), told(3)]);
  });

  it('are counted in the minute up to a time', () => {
    const lately = new ToldLately<Told>();
    for (const one of [told(0), told(30), told(60)]) lately.add(one, null, 10);
    expect([29, 59, 60, 89, 120].map((second) => lately.inMinuteUpTo(second * 1000))).toEqual([
      1, 2, 2, 2, 0,
    ]);
    expect(lately.newestAt).toBe(60_000);
    lately.forgetBefore(30_001);
    expect(lately.all()).toEqual([told(60)]);
  });
});

describe('any messages of a webhook', () => {
  const messages = fc.array(fc.nat(30), { maxLength: 80 }).map((waits) => {
    let seconds = 0;
    return waits.map((wait, n) => {
      seconds += wait;
      return told(seconds, `${n}`);
    });
  });

  it('keep to the limit in each minute, and no more of them are left out than that takes', () => {
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 5 }), (all, limit) => {
        const verdicts = allowed(all, limit);
        for (const [n, { at }] of all.entries()) {
          const passed = all.slice(0, n).filter((one, m) => verdicts[m] && one.at > at - 60_000).length;
          expect(passed < limit).toBe(verdicts[n]);
        }
      }),
    );
  });

  it('are allowed alike if the log is read again from a minute before any of them', () => {
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 5 }), fc.nat(80), (all, limit, any) => {
        const verdicts = allowed(all, limit);
        const restart = any % (all.length + 1);
        const from = (all[restart]?.at ?? 0) - 60_000;
        const again = new ToldLately<Told>();
        // What was decided before is read from the log.
        for (const [n, one] of all.slice(0, restart).entries())
          if (one.at > from && verdicts[n]) again.add(one, null, limit);
        const rest = all.slice(restart).map((one) => again.add(one, limit, limit));
        expect(rest).toEqual(verdicts.slice(restart));
      }),
    );
  });
});
