import { setImmediate as turn } from 'node:timers/promises';
import type { RecordedEvent, SubscriptionMessage } from '@mission-control/event-store';
import { describe, expect, it } from 'vitest';
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

const at = (n: number) => ({ incarnation: 'log', position: BigInt(n), eventId: String(n) });
/** An event that was read as soon as it came. */
const lone = (n: number, type: string): SubscriptionMessage[] => [
  {
    kind: 'event',
    event: { id: String(n), position: BigInt(n), type, data: {} } as RecordedEvent,
    checkpoint: at(n),
  },
  { kind: 'caught_up', checkpoint: at(n) },
];

describe('events for which nobody waits', () => {
  const typesOf = async (given: AsyncIterable<SubscriptionMessage>, lingerMs: number, count: number) => {
    const types: string[][] = [];
    for await (const { events } of batches(given, { ...limits, lingerMs }, () => 0, ['Patient'])) {
      types.push(events.map(({ event }) => event.type));
      if (types.length === count) break;
    }
    return types;
  };

  it('are applied at once after a quiet time, and together while more keep coming', async () => {
    async function* given() {
      yield* lone(1, 'Patient');
      yield* lone(2, 'Patient');
      yield* lone(3, 'Patient');
      yield* lone(4, 'Urgent');
      yield* lone(5, 'Urgent');
    }
    expect(await typesOf(given(), 60_000, 3)).toEqual([
      ['Patient'],
      ['Patient', 'Patient', 'Urgent'],
      ['Urgent'],
    ]);
  });

  it('do not wait for longer when none follows', async () => {
    async function* given() {
      yield* lone(1, 'Patient');
      yield* lone(2, 'Patient');
      await new Promise(() => {});
    }
    expect(await typesOf(given(), 20, 2)).toEqual([['Patient'], ['Patient']]);
  });

  it('do not wait for longer when messages never stop coming', async () => {
    async function* given() {
      for (let n = 1; ; n += 1) {
        yield* lone(n, 'Patient');
        await turn();
      }
    }
    expect(await typesOf(given(), 20, 3)).toHaveLength(3);
  });
});

it('a heartbeat is not put off by checkpoints that keep coming', async () => {
  async function* given(): AsyncGenerator<SubscriptionMessage> {
    yield { kind: 'caught_up', checkpoint: at(1) };
    for (let n = 2; ; n += 1) {
      yield { kind: 'checkpoint', checkpoint: at(n) };
      yield { kind: 'caught_up', checkpoint: at(n) };
      await turn();
    }
  }
  const positions: (bigint | undefined)[] = [];
  for await (const { events, checkpoint } of batches(given(), { ...limits, heartbeatMs: 20 })) {
    expect(events).toEqual([]);
    positions.push(checkpoint?.position);
    if (positions.length === 2) break;
  }
  expect(positions[0]).toBe(1n);
  expect(positions[1]).toBeGreaterThan(1n);
});
