import { randomUUID } from 'node:crypto';
import { openEventStore } from '../open.ts';

/** Events that are in the log before the suite runs: it must work on a log of any size. */
const size = process.env.TEST_SIZE === 'full' ? 150_000 : 500;
const streams = 50;
const perAppend = 50;

/** Fills a log with what others have left there: many events, some of them hidden, and tombstoned streams. */
export const appendHistory = async (url: string): Promise<void> => {
  const store = await openEventStore(url, { name: 'conformance history' });
  const stream = (number: number): string => `history-${number % streams}`;
  for (let appended = 0; appended < size; appended += perAppend) {
    const events = Array.from({ length: Math.min(perAppend, size - appended) }, (_, number) => ({
      id: randomUUID(),
      type: 'HistoryMade',
      data: { number },
      metadata: {},
    }));
    await store.append(stream(appended / perAppend), 'any', events);
  }
  for (let number = 0; number < streams; number += 5) await store.tombstone(stream(number));
  for (let number = 1; number < streams; number += 5)
    await store.setStreamMetadata(stream(number), { maxCount: 10 });
  await store.close();
  console.log(`event store conformance: the log has ${size} events before the suite (TEST_SIZE=full: more)`);
};
