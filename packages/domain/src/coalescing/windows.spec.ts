import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoalescingWindows, type Held } from './windows.ts';

const rule = { key: '/id', window_seconds: 10, max_wait_seconds: 30, max_payloads: 4 };
const webhookId = 'webhook';
const arrival = (eventId: string, seconds: number, more: Partial<Held> = {}): Held => ({
  ...{ eventId, webhookId, key: '"a"', rule, at: seconds * 1000 },
  ...more,
});
const ids = (windows: readonly (readonly Held[])[]) =>
  windows.map((members) => members.map(({ eventId }) => eventId).join(''));

/** The windows of the arrivals, when the log has been read to its end. */
const windowsOf = (arrivals: readonly Held[]): string[] => {
  const windows = new CoalescingWindows();
  for (const one of arrivals) windows.add(one);
  return ids(windows.takeClosed(Number.POSITIVE_INFINITY));
};

describe('a window of payloads', () => {
  it('closes some time after its last arrival', () => {
    const windows = new CoalescingWindows();
    for (const one of [arrival('a', 0), arrival('b', 9), arrival('c', 18)]) windows.add(one);
    expect(windows.takeClosed(27_999)).toEqual([]);
    expect(ids(windows.takeClosed(28_000))).toEqual(['abc']);
    expect(windows.size).toBe(0);
  });

  it('closes at the latest some time after its first arrival', () => {
    const often = { ...rule, max_payloads: 100 };
    const arrivals = Array.from({ length: 10 }, (_, n) => arrival(`${n}`, n * 5, { rule: often }));
    expect(windowsOf(arrivals)).toEqual(['012345', '6789']);
  });

  it('closes when it is full, whatever the time is', () => {
    const windows = new CoalescingWindows();
    for (const id of 'abcde') windows.add(arrival(id, 0));
    expect(ids(windows.takeClosed(0))).toEqual(['abcd']);
    expect(ids(windows.takeClosed(10_000))).toEqual(['e']);
  });

  it('has arrivals of one webhook, one key and one rule', () => {
    expect(
      windowsOf([
        arrival('a', 0),
        arrival('b', 0, { key: '"b"' }),
        arrival('c', 0, { webhookId: 'other' }),
        arrival('d', 0, { rule: { ...rule, max_payloads: 5 } }),
        arrival('e', 0, { key: null }),
        arrival('f', 0),
      ]),
    ).toEqual(['af', 'b', 'c', 'd', 'e']);
  });

  it('loses arrivals that were told in another way, and is gone without any', () => {
    const windows = new CoalescingWindows();
    for (const one of [arrival('a', 0), arrival('b', 1), arrival('c', 2, { key: '"c"' })]) windows.add(one);
    for (const id of 'ac') windows.remove(id);
    windows.remove('unknown');
    expect(windows.size).toBe(1);
    windows.add(arrival('d', 3, { key: '"c"' }));
    expect(ids(windows.takeClosed(13_000))).toEqual(['b', 'd']);
  });

  it('closes early, the oldest first, while too many arrivals wait', () => {
    const windows = new CoalescingWindows();
    for (const [n, id] of [...'abcd'].entries()) windows.add(arrival(id, n, { key: `"${n}"` }));
    expect(ids(windows.takeClosed(4_000, 2))).toEqual(['a', 'b']);
    expect(windows.size).toBe(2);
  });
});

const history = fc
  .array(
    fc.record({
      wait: fc.nat(15),
      key: fc.constantFrom('"a"', '"b"', null),
      late: fc.constantFrom(0, 0, 0, 3),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let seconds = 0;
    return steps.map(({ wait, key, late }, n) => {
      seconds += wait;
      return arrival(`${n},`, seconds - late, { key });
    });
  });

describe('the windows of any arrivals', () => {
  it('contain each arrival once, in the order of the log, and keep to their rule', () => {
    fc.assert(
      fc.property(history, (arrivals) => {
        const windows = new CoalescingWindows();
        for (const one of arrivals) windows.add(one);
        const taken = windows.takeClosed(Number.POSITIVE_INFINITY);
        const order = new Map(arrivals.map(({ eventId }, n) => [eventId, n]));
        expect(taken.flat().length).toBe(arrivals.length);
        expect(new Set(taken.flat()).size).toBe(arrivals.length);
        for (const members of taken) {
          const places = members.map(({ eventId }) => order.get(eventId) as number);
          expect(places).toEqual([...places].sort((one, other) => one - other));
          expect(members.length).toBeLessThanOrEqual(rule.max_payloads);
          expect(new Set(members.map(({ key }) => key)).size).toBe(1);
          const at = members.map((one) => one.at);
          expect(Math.max(...at) - (at[0] as number)).toBeLessThan(rule.max_wait_seconds * 1000);
          for (const [n, time] of at.slice(1).entries())
            expect(time - Math.max(...at.slice(0, n + 1))).toBeLessThan(rule.window_seconds * 1000);
        }
      }),
    );
  });

  it('are the same if they are closed as time passes, and if the log is read again after any of them was recorded', () => {
    fc.assert(
      fc.property(history, fc.nat(100), (unordered, kill) => {
        // As one gateway appends them.
        const arrivals = unordered.toSorted((one, other) => one.at - other.at);
        const live = new CoalescingWindows();
        const recorded: (readonly Held[])[] = [];
        for (const one of arrivals) {
          recorded.push(...live.takeClosed(one.at));
          live.add(one);
        }
        recorded.push(...live.takeClosed(Number.POSITIVE_INFINITY));
        expect(ids(recorded).sort()).toEqual(windowsOf(arrivals).sort());

        const again = new CoalescingWindows();
        const known = recorded.slice(0, kill % (recorded.length + 1));
        for (const one of arrivals) again.add(one);
        for (const { eventId } of known.flat()) again.remove(eventId);
        const rest = ids(again.takeClosed(Number.POSITIVE_INFINITY));
        expect(rest.sort()).toEqual(ids(recorded.slice(known.length)).sort());
      }),
    );
  });
});
