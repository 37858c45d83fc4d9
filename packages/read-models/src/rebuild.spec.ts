import { randomUUID } from 'node:crypto';
import {
  type DomainEvent,
  type Fact,
  memoryEntryIdOf,
  rejectionBounds,
  streams,
} from '@mission-control/contracts';
import { memoryText, payloadEventType } from '@mission-control/domain';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { type Projection, ProjectionRunner, waitForProjections } from '@mission-control/projections';
import { createTestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { type Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateReadModels } from './migrations/migrate.ts';
import { openReadModels } from './open.ts';
import { memoryProjection } from './projections/memory/memory.ts';
import { payloadsProjection } from './projections/payloads/payloads.ts';
import { projections } from './projections/projections.ts';
import type { ReadModels } from './tables/read-models.ts';
import {
  attempted,
  History,
  ids,
  parked,
  received,
  refused,
  told,
  webhookCreated,
  webhookDeleted,
} from './testing/history.ts';
import { dumpTables } from './testing/test-read-models.ts';

const names = projections.map((projection) => projection.name);

let store: EventStore;
let db: Kysely<ReadModels>;
let end: () => Promise<void>;
let running: { stop: AbortController; ended: Promise<unknown> } | undefined;

beforeEach(async () => {
  const database = await createTestDatabase();
  await migrateReadModels(database.url);
  store = await openEventStore(database.url);
  const models = openReadModels(database.url, { timeouts: 'batches' });
  db = models.db;
  end = async () => {
    await stop();
    await store.close();
    await models.close();
    await database.drop();
  };
});
afterEach(() => end());

const start = (chosen: readonly Projection<ReadModels>[] = projections) => {
  const stop = new AbortController();
  const runs = chosen.map((projection) => new ProjectionRunner({ projection, db, store }).run(stop.signal));
  running = { stop, ended: Promise.all(runs) };
  running.ended.catch(() => {});
};

const stop = async () => {
  running?.stop.abort();
  await running?.ended;
  running = undefined;
};

const append = async (events: readonly (DomainEvent & { stream: string })[]) => {
  for (const { stream, id, type, data, metadata } of events) {
    const result = await store.append(stream, 'any', [{ id, type, data, metadata }]);
    if (!result.ok) throw new Error(result.reason);
  }
};

const caughtUp = async () => {
  const head = await store.head();
  expect(await waitForProjections(db, names, head?.position ?? -1n, 60_000)).toBe('reached');
};

const dump = () =>
  dumpTables(
    db,
    projections.flatMap((projection) => projection.tables),
  );

const rebuild = async () => {
  await stop();
  await sql`delete from projection_checkpoints`.execute(db);
  start();
  await caughtUp();
};

const first = randomUUID();
const history = () =>
  new History().add(
    {
      type: 'BoardCreated',
      data: { boardId: ids.board, name: 'Board', slug: 'board', description: '', gatewayId: null },
    },
    webhookCreated(),
    received({ id: first }),
    attempted(first),
    received({ payloadId: ids.otherPayload }),
    refused(),
    told(first),
    { type: 'WebhookUpdated', data: { webhookId: ids.webhook, boardId: ids.board, description: 'Other' } },
    received({ webhookRevision: 1, text: '{"ref": "next"}' }),
    parked(randomUUID(), 'no_agent', ids.otherPayload),
  );

describe('a rebuild from the first event', () => {
  it('gives the same rows as applying the events as they came', async () => {
    start();
    for (const event of history().events) {
      await append([event]);
      await caughtUp();
    }
    const live = await dump();
    expect(live.board_webhook_payloads).toHaveLength(2);
    expect(live.board_memory).toHaveLength(2);
    expect(live.webhook_rejections).toHaveLength(1);
    await rebuild();
    expect(await dump()).toEqual(live);
  });

  it('gives the same rows if a webhook was deleted and its payloads can no longer be read', async () => {
    start();
    const all = history().add(
      webhookDeleted(),
      ...[ids.payload, ids.otherPayload].map(
        (payloadId): Fact<'MemoryEntryKept'> => ({
          type: 'MemoryEntryKept',
          data: {
            entryId: memoryEntryIdOf(payloadId),
            boardId: ids.board,
            content: memoryText({
              payload: received({ payloadId }).data,
              instruction: 'Do it',
              eventType: payloadEventType(received().data),
              message: null,
            }),
            tags: ['webhook', `webhook:${ids.webhook}`, `payload:${payloadId}`],
            isChat: false,
            webhookId: ids.webhook,
            payloadId,
            createdAt: received().data.receivedAt,
          },
        }),
      ),
    );
    for (const event of all.events) {
      await append([event]);
      await caughtUp();
    }
    const live = await dump();
    expect(live).toMatchObject({
      ...{ board_webhooks: [], board_webhook_payloads: [], webhook_deliveries: [], webhook_rejections: [] },
    });
    expect(live.board_memory).toHaveLength(2);

    await store.tombstone(streams.rejections(ids.webhook));
    await store.tombstone(streams.payloads(ids.webhook));
    await store.tombstone(streams.delivery(ids.payload));
    await store.tombstone(streams.delivery(ids.otherPayload));
    await rebuild();
    expect(await dump()).toEqual(live);
  });

  it('gives the same rows if a stream hides the rejections beyond its bounds', async () => {
    await store.setStreamMetadata(streams.rejections(ids.webhook), rejectionBounds);
    start();
    const { events } = new History().add(...Array.from({ length: 1_002 }, () => refused()));
    for (const part of [events.slice(0, 900), events.slice(900)]) {
      await append(part);
      await caughtUp();
    }
    const live = await dump();
    expect(live.webhook_rejections).toHaveLength(1_000);
    await rebuild();
    expect(await dump()).toEqual(live);
  });

  it('adds digests to arrivals that an earlier version of the projection stored without them', async () => {
    start();
    await append(history().events);
    await caughtUp();
    const current = await dump();
    await stop();
    await sql`update projection_checkpoints set version = 1 where projection = 'payloads'`.execute(db);
    await sql`truncate webhook_payload_arrivals`.execute(db);
    await sql`update webhook_payload_states set differing_arrivals = 0`.execute(db);
    expect(await dump()).not.toEqual(current);
    start();
    await waitFor(async () => {
      const { rows } = await sql<{ version: number }>`
        select version from projection_checkpoints where projection = 'payloads'`.execute(db);
      return rows[0]?.version === payloadsProjection.version;
    });
    await caughtUp();
    expect(await dump()).toEqual(current);
  });

  it('of one projection leaves the others alone', async () => {
    start();
    await append(history().events);
    await caughtUp();
    const live = await dump();
    await stop();
    await sql`delete from projection_checkpoints where projection = 'memory'`.execute(db);
    start([memoryProjection]);
    await caughtUp();
    expect(await dump()).toEqual(live);
  });
});
