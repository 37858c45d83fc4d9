import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, type JSONType, jsonEvent, START } from '@eventstore/db-client';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { startProcess } from '../../system/service-process.ts';
import { type Comparison, compare } from '../compare.ts';
import { appendSingly, fill, sampleEvent } from './events.ts';
import { measureIdleSubscribers } from './idle-subscribers.ts';

/**
 * Compares the EventStoreDB adapter with the official client alone, on the given server or on the fake one. The fake server's own speed
 * affects both sides equally, so only the ratios are meaningful then.
 */
export const benchEventStoreDb = async (options: {
  rounds: number;
  url: string | undefined;
}): Promise<{ server: string; comparisons: Comparison[] }> => {
  const fake = options.url ? null : startProcess('tests/dist/bench/fake-eventstoredb.js');
  const url = options.url ?? (await fake?.printed(/esdb\S+/))?.[0] ?? '';
  const store = await openEventStore(url);
  const client = EventStoreDBClient.connectionString(url);
  try {
    await fill(store, 20_000);
    const comparisons = [
      await compare(
        {
          name: '64 appends in flight / the bare client',
          unit: 'events/s',
          product: () => appendSingly(store, { amount: 8_000, inFlight: 64 }),
          bare: () => bareAppendRate(client, { amount: 8_000, inFlight: 64 }),
          target: { atLeast: 0.9 },
        },
        options.rounds,
      ),
      await compare(
        {
          name: 'reading the whole log / the bare client',
          unit: 'events/s',
          product: () => readRate(store),
          bare: () => bareReadRate(client),
          target: { atLeast: 0.9 },
        },
        options.rounds,
      ),
      ...(await measureIdleSubscribers(store, url, options.rounds)),
    ];
    return { server: options.url ? new URL(options.url).host : 'the fake server', comparisons };
  } finally {
    await store.close();
    await client.dispose();
    await fake?.stop();
  }
};

const bareAppendRate = async (
  client: EventStoreDBClient,
  { amount, inFlight }: { amount: number; inFlight: number },
): Promise<number> => {
  const run = randomUUID();
  let next = 0;
  const appender = async () => {
    while (next < amount) {
      const { id, type, data, metadata } = sampleEvent();
      const event = jsonEvent({ id, type, data: data as JSONType, metadata: metadata as JSONType });
      await client.appendToStream(`bench_bare-${run}-${next++ % 16}`, event);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: inFlight }, appender));
  return (amount * 1000) / (performance.now() - startedAt);
};

const readRate = async (store: EventStore): Promise<number> => {
  const startedAt = performance.now();
  let events = 0;
  for await (const _ of store.readAll({ from: 'start' })) events += 1;
  return (events * 1000) / (performance.now() - startedAt);
};

const bareReadRate = async (client: EventStoreDBClient): Promise<number> => {
  const startedAt = performance.now();
  let events = 0;
  for await (const { event } of client.readAll({ fromPosition: START })) if (event) events += 1;
  return (events * 1000) / (performance.now() - startedAt);
};
