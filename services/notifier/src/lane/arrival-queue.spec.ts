import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LaneMessage } from '@mission-control/messaging';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ArrivalQueue, type Waiting, waitingFor } from './arrival-queue.ts';
import type { LaneTarget } from './lane-targets.ts';

const target = {} as LaneTarget;
const at = (position: number) =>
  waitingFor({ reference: { cause: { position: String(position) } } } as LaneMessage, target);

it('keeps deliveries in the order of arrival, whatever is added and removed', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), position: fc.nat(50) }),
    fc.record({ kind: fc.constant('remove' as const), index: fc.nat(9) }),
    fc.record({ kind: fc.constant('first' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new ArrivalQueue();
      let model: Waiting[] = [];
      for (const one of steps) {
        if (one.kind === 'add') {
          const item = at(one.position);
          queue.add(item);
          model = [...model, item].toSorted((a, b) => Number(a.position - b.position));
        } else {
          const item = model[one.kind === 'first' ? 0 : one.index];
          if (!item) continue;
          queue.remove(item);
          model = model.filter((other) => other !== item);
        }
        expect(queue.items()).toEqual(model);
        expect(queue.at(0)).toBe(model[0]);
      }
      expect(queue.length).toBe(model.length);
    }),
  );
});

it('holds 100,000 deliveries and removes them from the front', () => {
  const queue = new ArrivalQueue();
  for (let n = 0; n < 100_000; n += 1) queue.add(at(n));
  for (let n = 0; n < 100_000; n += 1) {
    const first = queue.at(0) as Waiting;
    expect(first.position).toBe(BigInt(n));
    queue.remove(first);
  }
  expect(queue.length).toBe(0);
});

it('does not hold what was removed', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const queue = new ArrivalQueue();
  for (let n = 0; n < 100; n += 1) queue.add(at(n));
  const removed = Array.from({ length: 50 }, () => {
    const first = queue.at(0) as Waiting;
    queue.remove(first);
    return new WeakRef(first);
  });
  // A weak reference that was just made holds until the end of the task.
  await new Promise(setImmediate);
  collectGarbage();
  expect(removed.filter((reference) => reference.deref())).toEqual([]);
  expect(queue.length).toBe(50);
});
