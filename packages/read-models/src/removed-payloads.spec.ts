import { parseEvent, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import type { ProjectedEvent, Projection } from '@mission-control/projections';
import { createTestDatabase } from '@mission-control/test-servers';
import { startEventStoreDbFake } from '@mission-control/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { auditProjection } from './projections/audit/audit.ts';
import { memoryProjection } from './projections/memory/memory.ts';
import { payloadsProjection } from './projections/payloads/payloads.ts';
import { projections } from './projections/projections.ts';
import type { ReadModels } from './tables/read-models.ts';
import { batchSizes, history } from './testing/any-history.ts';
import { ids } from './testing/history.ts';
import { removedIn } from './testing/removals.ts';
import { openTestReadModels, type TestReadModels } from './testing/test-read-models.ts';

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

/** The history as a store records it: no revision is missing. */
const asRecorded = (events: readonly ProjectedEvent[]): ProjectedEvent[] => {
  const next = new Map<string, number>();
  return events.map((event) => {
    const revision = next.get(event.stream) ?? 0;
    next.set(event.stream, revision + 1);
    return { ...event, revision };
  });
};

/** Fills empty tables from a log, in batches of these sizes. */
const fill = async (models: TestReadModels, log: readonly ProjectedEvent[], sizes: readonly number[]) => {
  await models.empty();
  for (let at = 0, n = 0; at < log.length; n += 1) {
    const size = sizes[n % sizes.length] ?? 1;
    await models.apply(log.slice(at, at + size));
    at += size;
  }
  return models.dump();
};

it.each(
  stores.flatMap((store) =>
    [payloadsProjection, memoryProjection, auditProjection].map((one) => ({ ...store, one })),
  ),
)(
  'on $name, the rows of $one.name are the same once the streams of what was removed are truncated',
  async ({ start, one }) => {
    const models = await openTestReadModels(one);
    const server = await start();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(history, batchSizes, async (events, sizes) => {
        runs += 1;
        const store = await openEventStore(server.url, { prefix: `run${runs}` });
        try {
          await append(store, events);
          const live = await fill(models, await read(store), sizes);
          await remove(store, events);
          expect(await fill(models, await read(store), sizes)).toEqual(live);
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

it.each<Projection<ReadModels>>(projections)(
  'the rows of $name are the same live, rebuilt from the log on Postgres, and rebuilt from the log on EventStoreDB',
  async (projection) => {
    const models = await openTestReadModels(projection);
    const servers = await Promise.all(stores.map(({ start }) => start()));
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(history, batchSizes, fc.boolean(), async (events, sizes, afterRemovals) => {
        runs += 1;
        const prefix = `${projection.name}${runs}`;
        const logs = await Promise.all(servers.map(({ url }) => openEventStore(url, { prefix })));
        try {
          const past = asRecorded(events);
          for (const log of logs) await append(log, past);
          // Each store has positions and times of its own. Rows have them as well, so they are replaced by those of the event in the history.
          const places = new Map(past.map((one) => [`${one.stream}@${one.revision}`, one]));
          const visible = async (log: EventStore): Promise<ProjectedEvent[]> =>
            (await read(log)).map((event) => {
              const place = places.get(`${event.stream}@${event.revision}`);
              if (place === undefined)
                throw new Error(`${event.stream}@${event.revision} is not in the history.`);
              return { ...event, position: place.position, recordedAt: place.recordedAt };
            });
          const live = await fill(models, past, [1]);
          if (afterRemovals) for (const log of logs) await remove(log, events);
          for (const log of logs) expect(await fill(models, await visible(log), sizes)).toEqual(live);
        } finally {
          for (const log of logs) await log.close();
        }
      }),
      { numRuns: 10 },
    );
    await models.drop();
    for (const { stop } of servers) await stop();
  },
  600_000,
);
