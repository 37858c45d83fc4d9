import { isEvent, parseEvent, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import type { ProjectedEvent } from '@mission-control/projections';
import { createTestDatabase } from '@mission-control/test-servers';
import { startEventStoreDbFake } from '@mission-control/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { memoryProjection } from './projections/memory/memory.ts';
import { payloadsProjection } from './projections/payloads/payloads.ts';
import { batchSizes, history } from './testing/any-history.ts';
import { ids } from './testing/history.ts';
import { removedIn } from './testing/removals.ts';
import { openTestReadModels } from './testing/test-read-models.ts';

const stores = [
  {
    name: 'Postgres',
    start: async () => {
      const { url, drop } = await createTestDatabase();
      return { url, stop: drop };
    },
  },
  {
    name: 'EventStoreDB (fake server)',
    start: async () => {
      const fake = await startEventStoreDbFake();
      return { url: fake.url, stop: () => fake.stop() };
    },
  },
];

const append = async (store: EventStore, events: readonly ProjectedEvent[]): Promise<void> => {
  const revisions = new Map<string, number>();
  for (const { stream, id, type, data, metadata } of events) {
    const revision = revisions.get(stream);
    const result = await store.append(stream, revision ?? 'no_stream', [{ id, type, data, metadata }]);
    if (!result.ok) throw new Error(`${stream}: ${result.reason}`);
    revisions.set(stream, result.revision);
  }
};

/** What the steward does about the facts. */
const remove = async (store: EventStore, events: readonly ProjectedEvent[]): Promise<void> => {
  const { payloadIds, upToRevision } = removedIn(events);
  for (const id of payloadIds) await store.tombstone(streams.delivery(id));
  await store.setStreamMetadata(streams.payloads(ids.webhook), { truncateBefore: upToRevision + 1 });
};

const read = async (store: EventStore): Promise<ProjectedEvent[]> =>
  (await Array.fromAsync(store.readAll())).map((recorded) => parseEvent(recorded));

it.each(stores.flatMap((store) => [payloadsProjection, memoryProjection].map((one) => ({ ...store, one }))))(
  'on $name, the rows of $one.name are the same once the streams of what was removed are truncated',
  async ({ start, one }) => {
    const models = await openTestReadModels(one);
    const server = await start();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(history, batchSizes, async (events, sizes) => {
        runs += 1;
        const store = await openEventStore(server.url, { prefix: `run${runs}` });
        const apply = async (log: readonly ProjectedEvent[]) => {
          await models.empty();
          for (let at = 0, n = 0; at < log.length; n += 1) {
            const size = sizes[n % sizes.length] ?? 1;
            await models.apply(log.slice(at, at + size));
            at += size;
          }
          return models.dump();
        };
        try {
          await append(
            store,
            // Some of their revisions are hidden, and nothing of them is removed here.
            events.filter((event) => !isEvent(event, 'WebhookRequestRefused')),
          );
          const live = await apply(await read(store));
          await remove(store, events);
          expect(await apply(await read(store))).toEqual(live);
        } finally {
          await store.close();
        }
      }),
      { numRuns: 10 },
    );
    await models.drop();
    await server.stop();
  },
  600_000,
);
