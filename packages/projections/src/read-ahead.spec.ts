import { expect, it } from 'vitest';
import type { Batch } from './batches.ts';
import { readAhead } from './read-ahead.ts';

const batch = (n: number, caughtUp = false): Batch => ({
  events: [],
  checkpoint: { incarnation: 'log', position: BigInt(n), eventId: String(n) },
  caughtUp,
});

const numberOf = ({ checkpoint }: Batch): number => Number(checkpoint?.position);

/** Notes which batches were asked for and prepared. The stream fails when it has handed out `given`. */
const reader = (given: readonly Batch[]) => {
  const notes = { read: [] as number[], prepared: [] as number[], failed: Promise.withResolvers<void>() };
  async function* read() {
    for (const one of given) {
      notes.read.push(numberOf(one));
      yield one;
    }
    notes.failed.resolve();
    throw new Error('The log is gone.');
  }
  const preparations = new Map<number, PromiseWithResolvers<void>>();
  const prepared = (n: number) => {
    const known = preparations.get(n) ?? Promise.withResolvers<void>();
    preparations.set(n, known);
    return known;
  };
  const batches = readAhead(read(), async (one) => {
    notes.prepared.push(numberOf(one));
    prepared(numberOf(one)).resolve();
    return numberOf(one);
  });
  return { notes, batches, whenPrepared: (n: number) => prepared(n).promise };
};

it('prepares the next batch, and no further one, while this one is stored', async () => {
  const { notes, batches, whenPrepared } = reader([batch(1), batch(2), batch(3)]);
  expect((await batches.next()).value).toBe(1);
  await whenPrepared(2);
  expect(notes).toMatchObject({ read: [1, 2], prepared: [1, 2] });
  expect((await batches.next()).value).toBe(2);
  await whenPrepared(3);
  await batches.return(undefined);
});

it('begins the next batch when this one is stored, once the reader has caught up', async () => {
  const { notes, batches } = reader([batch(1, true), batch(2)]);
  expect((await batches.next()).value).toBe(1);
  // Whatever was begun would be read by now.
  await new Promise(setImmediate);
  expect(notes.read).toEqual([1]);
  expect((await batches.next()).value).toBe(2);
  await batches.return(undefined);
});

it('throws a failure to read when the batches before it are stored', async () => {
  const { notes, batches } = reader([batch(1), batch(2)]);
  expect((await batches.next()).value).toBe(1);
  expect((await batches.next()).value).toBe(2);
  await notes.failed.promise;
  await expect(batches.next()).rejects.toThrow('The log is gone.');
});
