import { describe, expect, it } from 'vitest';
import { WorkQueue } from './work-queue.ts';

const checkpoint = (n: number) => ({ incarnation: 'log', position: BigInt(n), eventId: `e${n}` });

const at = (takenAt: number, delayMs: number) => ({ takenAt, happenedAt: takenAt, delayMs });

describe('the work queue', () => {
  it('runs tasks in the order in which they are due', async () => {
    const stop = new AbortController();
    const queue = new WorkQueue();
    const done: string[] = [];
    const now = Date.now();
    queue.add({ ...at(now, 1_000), before: null, run: async () => void done.push('later') });
    const running = queue.run(stop.signal);
    queue.add({ ...at(now, 0), before: checkpoint(1), run: async () => void done.push('first') });
    queue.add({
      ...at(now + 200, 1_000),
      before: checkpoint(2),
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
    const queue = new WorkQueue();
    expect(queue.checkpointAfter(checkpoint(9))).toEqual(checkpoint(9));
    queue.add({ ...at(Date.now(), 60_000), before: checkpoint(3), run: async () => {} });
    queue.add({ ...at(0, 0), before: checkpoint(4), run: async () => stop.abort() });
    await queue.run(stop.signal);
    expect(queue.checkpointAfter(checkpoint(9))).toEqual(checkpoint(3));
  });

  it('fails with the error of a task, which stays open', async () => {
    const queue = new WorkQueue();
    queue.add({ ...at(0, 0), before: null, run: () => Promise.reject(new Error('fault')) });
    await expect(queue.run(new AbortController().signal)).rejects.toThrow('fault');
    expect(queue.open).toBe(1);
  });

  it('shows how long a task has been due, also when it was taken anew after a failure', () => {
    const queue = new WorkQueue();
    const now = Date.now();
    const run = async () => {};
    expect(queue.overdueMs).toBe(0);
    queue.add({ takenAt: now, happenedAt: now - 3_600_000, delayMs: 60_000, before: null, run });
    expect(queue.overdueMs).toBe(0);
    queue.add({ takenAt: now, happenedAt: now - 3_600_000, delayMs: 0, before: null, run });
    expect(queue.overdueMs).toBeGreaterThanOrEqual(3_600_000);
  });
});
