import { expect, it } from 'vitest';
import { Paced } from './paced.ts';
import { Turns } from './turns.ts';

it('turns are taken one at a time, in order', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const work = (name: string) => async () => {
    log.push(`${name} begins`);
    await new Promise(setImmediate);
    log.push(`${name} ends`);
    return name;
  };
  const taken = ['a', 'b', 'c'].map((name) => turns.take(work(name)));
  expect(turns.waiting).toBe(3);
  expect(await Promise.all(taken)).toEqual(['a', 'b', 'c']);
  expect(log).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  expect(turns.waiting).toBe(0);
});

it('work that waits when a turn fails, fails with it; later work does not', async () => {
  const turns = new Turns();
  const { promise, reject } = Promise.withResolvers<string>();
  let done = 0;
  const count = async () => {
    done += 1;
    return done;
  };
  const waiting = [turns.take(() => promise), turns.take(count), turns.take(count)];
  reject(new Error('away'));
  const results = await Promise.allSettled(waiting);
  expect(results.map((result) => result.status === 'rejected' && result.reason.message)).toEqual(
    Array(3).fill('away'),
  );
  expect(await turns.take(count)).toBe(1);
});

it('a paced run is shared by all callers before it begins, and begins after their calls', async () => {
  // Long enough that even a slow machine calls again before it is over.
  const paced = new Paced<number>(1_000);
  let runs = 0;
  const run = () => paced.run('key', async () => (runs += 1));
  expect(await Promise.all([run(), run(), run()])).toEqual([1, 2, 2]);
  expect(await Promise.all([run(), run(), paced.run('other', async () => 0)])).toEqual([3, 3, 0]);
});
