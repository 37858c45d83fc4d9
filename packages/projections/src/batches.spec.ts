import type { RecordedEvent, SubscriptionMessage } from '@mission-control/event-store';
import { expect, it } from 'vitest';
import { batches } from './batches.ts';

const limits = { events: 1_000, bytes: 1_000, lingerMs: 60_000, heartbeatMs: 60_000 };

/** `count` events with this data, read without a pause. */
async function* messages(count: number, data: RecordedEvent['data']): AsyncGenerator<SubscriptionMessage> {
  for (let n = 0; n < count; n += 1) {
    const checkpoint = { incarnation: 'log', position: BigInt(n), eventId: String(n) };
    const event = { id: String(n), position: BigInt(n), data } as RecordedEvent;
    yield { kind: 'event', event, checkpoint };
  }
}

const sizesOf = async (...given: Parameters<typeof batches>): Promise<number[]> => {
  const sizes: number[] = [];
  for await (const { events } of batches(...given)) sizes.push(events.length);
  return sizes;
};

it('a batch ends when the size of its stored data reaches the limit', async () => {
  expect(await sizesOf(messages(10, { text: 'x'.repeat(484) }), limits)).toEqual([2, 2, 2, 2, 2]);
});

it('a batch ends when the memory that its events need reaches the limit', async () => {
  const extraBytes = (data: RecordedEvent['data']) => (data as { inflated: number }).inflated;
  expect(await sizesOf(messages(6, { inflated: 10 }), limits)).toEqual([]);
  expect(await sizesOf(messages(6, { inflated: 400 }), limits, extraBytes)).toEqual([3, 3]);
});
