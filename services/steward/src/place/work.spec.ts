import { describe, expect, it } from 'vitest';
import { Work } from './work.ts';

const place = (n: number) => ({ incarnation: 'log', position: BigInt(n), eventId: `e${n}` });

describe('open work', () => {
  it('is done in the order in which it is due', async () => {
    const stop = new AbortController();
    const work = new Work();
    const done: string[] = [];
    const now = Date.now();
    work.add({ before: null, dueAt: now + 1_000, run: async () => void done.push('later') });
    const running = work.run(stop.signal);
    work.add({ before: place(1), dueAt: now, run: async () => void done.push('first') });
    work.add({
      before: place(2),
      dueAt: now + 1_200,
      run: async () => {
        done.push('last');
        stop.abort();
      },
    });
    await running;
    expect(done).toEqual(['first', 'later', 'last']);
  });

  it('keeps the checkpoint before the oldest fact whose task is not done', async () => {
    const stop = new AbortController();
    const work = new Work();
    expect(work.placeAfter(place(9))).toEqual(place(9));
    work.add({ before: place(3), dueAt: Date.now() + 60_000, run: async () => {} });
    work.add({ before: place(4), dueAt: 0, run: async () => stop.abort() });
    await work.run(stop.signal);
    expect(work.placeAfter(place(9))).toEqual(place(3));
  });

  it('fails with the error of a task, which stays open', async () => {
    const work = new Work();
    work.add({ before: null, dueAt: 0, run: () => Promise.reject(new Error('fault')) });
    await expect(work.run(new AbortController().signal)).rejects.toThrow('fault');
    expect(work.open).toBe(1);
  });
});
