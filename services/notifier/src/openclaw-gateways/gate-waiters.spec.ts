import { waitFor } from '@mission-control/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { GateState } from './gate-state.ts';
import { GateWaiters } from './gate-waiters.ts';

describe('sessions at a gate', () => {
  let kind: GateState['kind'];
  let probing: boolean;
  let waiters: GateWaiters;
  let woken: number[];

  beforeEach(() => {
    kind = 'away';
    probing = false;
    waiters = new GateWaiters(() => ({ kind, probing }));
    woken = [];
  });

  const wait = (n: number, seen = kind) => waiters.add({ seen, wake: () => void woken.push(n) });
  const becomes = (now: GateState['kind']) => {
    kind = now;
    waiters.changed();
  };

  it('are all woken once when it opens', () => {
    for (const n of [1, 2, 3]) wait(n);
    becomes('open');
    becomes('open');
    expect(woken).toEqual([1, 2, 3]);
  });

  it('are not woken by what they have seen already', () => {
    wait(1);
    wait(2, 'rejected');
    becomes('away');
    expect(woken).toEqual([2]);
    becomes('connecting');
    becomes('away');
    expect(woken).toEqual([2]);
    becomes('rejected');
    expect(woken).toEqual([2, 1]);
  });

  it('learn that it cannot be reached when they came before that was known', () => {
    kind = 'connecting';
    wait(1);
    expect(woken).toEqual([]);
    becomes('away');
    expect(woken).toEqual([1]);
  });

  it('are woken one at a time when it is half-open, and the others when it is proven', () => {
    for (const n of [1, 2, 3]) wait(n);
    becomes('half_open');
    expect(woken).toEqual([1]);
    probing = true;
    waiters.entered();
    waiters.changed();
    expect(woken).toEqual([1]);
    probing = false;
    becomes('open');
    expect(woken).toEqual([1, 2, 3]);
  });

  it('take over if the one that was woken does not enter', async () => {
    for (const n of [1, 2, 3]) wait(n);
    becomes('half_open');
    await waitFor(() => woken.length === 3);
    expect(woken).toEqual([1, 2, 3]);
  });

  it('miss no change between looking and waiting, and none after they have left', () => {
    kind = 'open';
    wait(1, 'away');
    expect(woken).toEqual([1]);
    kind = 'half_open';
    wait(2, 'away');
    expect(woken).toEqual([1, 2]);
    kind = 'away';
    const leave = wait(3);
    leave();
    becomes('open');
    expect(woken).toEqual([1, 2]);
  });
});
