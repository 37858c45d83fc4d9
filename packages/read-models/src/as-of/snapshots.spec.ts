import { randomUUID } from 'node:crypto';
import { streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase } from '@mission-control/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { History, ids, webhookCreated } from '../testing/history.ts';
import { changesOf, resourceAt } from './configuration.ts';
import { keepSnapshot, snapshotBefore } from './snapshots.ts';

const changes = 170;
let store: EventStore;
let end: () => Promise<unknown>;
const positions: bigint[] = [];

beforeAll(async () => {
  const database = await createTestDatabase();
  store = await openEventStore(database.url);
  end = async () => {
    await store.close();
    await database.drop();
  };
  const webhook = { webhookId: ids.webhook, boardId: ids.board };
  const history = new History().add(
    webhookCreated(),
    ...Array.from({ length: changes }, (_, n) => ({
      type: 'WebhookUpdated' as const,
      data: { ...webhook, description: `Change ${n}`, ...(n % 7 === 0 && { enabled: n % 2 === 0 }) },
    })),
  );
  for (const { stream, id, type, data, metadata } of history.events) {
    const result = await store.append(stream, 'any', [{ id, type, data, metadata }]);
    if (result.ok) positions.push(result.position);
  }
});
afterAll(() => end());

const stream = streams.webhook(ids.webhook);
const at = (position: bigint | undefined) => resourceAt(store, 'webhook', ids.webhook, { position });

describe('a long stream', () => {
  it('gives the same states from snapshots as from its beginning, in any order of questions', async () => {
    const rows = [];
    for await (const { after } of changesOf(store, 'webhook', ids.webhook)) rows.push(after);
    expect(rows).toHaveLength(changes + 1);
    for (const revision of [60, 10, 49, 48, 50, 149, 170, 100, 99, 0, 120, 170, 75, 101]) {
      const row = rows[revision];
      expect(await at(positions[revision])).toEqual({ state: 'present', row });
      expect(await resourceAt(store, 'webhook', ids.webhook, { revision })).toEqual({
        state: 'present',
        row,
      });
    }
    expect(snapshotBefore(store, stream, { revision: 120 })).toMatchObject({
      last: { revision: 99 },
      events: 51,
    });
    expect(snapshotBefore(store, stream, { revision: 48 })).toBeUndefined();
  });

  it('is folded from its beginning if a snapshot is of another log', async () => {
    const database = await createTestDatabase();
    const other = await openEventStore(database.url);
    const wrong = {
      state: { row: null, removedBy: null },
      revision: 49,
      position: positions[49] ?? 0n,
      eventId: randomUUID(),
    };
    expect(await resourceAt(other, 'webhook', ids.webhook, {})).toEqual({ state: 'absent' });
    keepSnapshot(other, stream, wrong);
    expect(await resourceAt(other, 'webhook', ids.webhook, { revision: 60 })).toEqual({ state: 'absent' });
    expect(snapshotBefore(other, stream, {})).toBeUndefined();
    await other.close();
    await database.drop();
  });
});
