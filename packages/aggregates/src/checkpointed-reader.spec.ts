import type { Checkpoint, RecordedEvent } from '@mission-control/event-store';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointedReader, type ReaderSession } from './checkpointed-reader.ts';
import { StoredCheckpoint } from './stored-checkpoint.ts';
import { openTestLog, type TestLog } from './testing/test-log.ts';

const never = 2 ** 31 - 1;

let testLog: TestLog;
let stopping: AbortController;
let runs: Promise<unknown>[];

beforeEach(async () => {
  testLog = await openTestLog();
  stopping = new AbortController();
  runs = [];
});
afterEach(async () => {
  stopping.abort();
  await Promise.allSettled(runs);
  await testLog.close();
});

/** A reader whose sessions record what they take. Everything taken counts as done. */
const createReader = (
  session: Partial<ReaderSession> = {},
  standBy: { standbyMs: number; activity?: () => number } = { standbyMs: never },
) => {
  const taken: string[] = [];
  const logged: string[] = [];
  const write = (_: object, message: string) => void logged.push(message);
  const reader = new CheckpointedReader({
    store: testLog.store,
    name: 'steward',
    types: ['BoardDeleted'],
    moveEveryMs: 10,
    ...standBy,
    log: { info: write, warn: write, error: write },
    isFenced: (error) => error instanceof Error && error.message === 'fenced',
    openSession: async () => ({
      take: ({ id }) => void taken.push(id),
      checkpointAfter: (read) => read,
      start: () => [],
      ...session,
    }),
  });
  const run = () => {
    const running = reader.run(stopping.signal);
    running.catch(() => {});
    runs.push(running);
    return running;
  };
  const isReady = () => {
    reader.readiness.check();
    return true;
  };
  return { run, taken, logged, isReady };
};

const stored = async () => (await StoredCheckpoint.load(testLog.store, 'steward')).checkpoint;
const isStored = (checkpoint: Checkpoint) =>
  waitFor(async () => (await stored())?.eventId === checkpoint.eventId);
const stop = async () => {
  stopping.abort();
  await Promise.allSettled(runs);
  stopping = new AbortController();
};

describe('reading from a stored checkpoint', () => {
  it('begins at the start of the log, then continues after the checkpoint', async () => {
    const events = [await testLog.append(), await testLog.append()];
    const first = createReader();
    expect(first.isReady).toThrow('catching up');
    void first.run();
    await waitFor(first.isReady);
    events.push(await testLog.append());
    await isStored(events[2] as Checkpoint);
    expect(first.taken).toEqual(events.map(({ eventId }) => eventId));
    await stop();
    expect(first.isReady).toThrow();

    const later = await testLog.append();
    const second = createReader();
    void second.run();
    await waitFor(second.isReady);
    expect(second.taken).toEqual([later.eventId]);
  });

  it('continues before the first event that is not done', async () => {
    const [done, open, last] = [await testLog.append(), await testLog.append(), await testLog.append()];
    let beforeOpen: Checkpoint | null = null;
    const first = createReader({
      take: ({ id }: RecordedEvent, before) => {
        if (id === open.eventId) beforeOpen = before;
      },
      checkpointAfter: (read) => beforeOpen ?? read,
    });
    void first.run();
    await waitFor(first.isReady);
    await stop();
    expect(await stored()).toEqual(done);

    const second = createReader();
    void second.run();
    await waitFor(second.isReady);
    expect(second.taken).toEqual([open.eventId, last.eventId]);
  });

  it('ends a session when the work alongside the reading fails, and releases whatever is waiting', async () => {
    await testLog.append();
    const waiting = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const { run } = createReader({
      take: () => {
        waiting.resolve();
        return released.promise;
      },
      start: () => [waiting.promise.then(() => Promise.reject(new Error('broken')))],
      close: released.resolve,
    });
    await expect(run()).rejects.toThrow('broken');
    expect(await stored()).toBeNull();
  });

  it('reads from the start when the checkpoint is not in the log, and stores one that is', async () => {
    const event = await testLog.append();
    const foreign = { ...event, incarnation: 'another log' };
    await (await StoredCheckpoint.load(testLog.store, 'steward')).move(foreign);
    const reader = createReader();
    await expect(reader.run()).rejects.toThrow();
    expect(reader.logged.join()).toContain('the log was restored or replaced');
    void reader.run();
    await waitFor(reader.isReady);
    expect(reader.taken).toEqual([event.eventId]);
    await waitFor(async () => (await stored())?.incarnation === event.incarnation);
    await stop();

    void reader.run();
    await waitFor(reader.isReady);
    expect(reader.taken).toHaveLength(1);
  });

  describe('when another reader is active', () => {
    const standBy = async (takeOver: (fence: () => void) => Promise<void>) => {
      const ended = Promise.withResolvers<void>();
      let sessionSignal: AbortSignal | undefined;
      const reader = createReader({
        start: (signal) => {
          sessionSignal = signal;
          return [ended.promise];
        },
        close: ended.resolve,
      });
      const running = reader.run();
      await waitFor(reader.isReady);
      await takeOver(() => ended.reject(new Error('fenced')));
      await waitFor(() => reader.logged.includes('another steward is active; standing by'));
      expect(sessionSignal?.aborted).toBe(true);
      expect(reader.isReady()).toBe(true);
      stopping.abort();
      await expect(running).rejects.toThrow();
    };

    it('stands by after a checkpoint conflict', () =>
      standBy(async () => {
        const checkpoint = await testLog.append();
        await isStored(checkpoint);
        await (await StoredCheckpoint.load(testLog.store, 'steward')).move(checkpoint);
        await testLog.append();
      }));

    it("stands by until the other reader's checkpoint and activity stop changing", async () => {
      let looks = 0;
      let changes = 0;
      let isActive = false;
      const activity = () => {
        looks += 1;
        if (isActive) changes += 1;
        return changes;
      };
      const reader = createReader({}, { standbyMs: 1_000, activity });
      const running = reader.run();
      let ended = false;
      running.catch(() => {
        ended = true;
      });
      await waitFor(reader.isReady);
      const read = await testLog.append();
      await isStored(read);
      const other = await StoredCheckpoint.load(testLog.store, 'steward');
      // The reader has nothing to store now, so this is not a conflict. For the next event it is one.
      await other.move(read);
      await testLog.append();
      await waitFor(() => reader.logged.includes('another steward is active; standing by'));
      while (looks < 3) await other.move(read);
      isActive = true;
      await waitFor(() => looks >= 12);
      expect(ended).toBe(false);
      isActive = false;
      const before = looks;
      await expect(running).rejects.toThrow();
      // It takes over after five looks without a change. One of them may be in progress at this moment.
      expect(looks - before).toBeGreaterThanOrEqual(4);
      expect(looks - before).toBeLessThanOrEqual(6);
    });

    it('stands by after any other error that means another reader is active', () =>
      standBy(async (fence) => fence()));
  });
});
