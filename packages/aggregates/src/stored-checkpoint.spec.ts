import { asEvent, streams } from '@mission-control/contracts';
import { type Checkpoint, type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointConflict, StoredCheckpoint } from './stored-checkpoint.ts';

describe('a stored checkpoint', () => {
  let database: TestDatabase;
  let store: EventStore;

  beforeEach(async () => {
    database = await createTestDatabase();
    store = await openEventStore(database.url);
  });

  afterEach(async () => {
    await store.close();
    await database.drop();
  });

  const head = async (): Promise<Checkpoint> => {
    const checkpoint = await store.head();
    if (!checkpoint) throw new Error('The log is empty.');
    return checkpoint;
  };

  const appendEvent = async (n: number) => {
    const boardId = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const event = asEvent(
      { type: 'BoardDeleted', data: { boardId } },
      {
        occurredAt: new Date().toISOString(),
        actor: { kind: 'admin', id: 'spec' },
        correlationId: 'spec',
        causationId: null,
      },
    );
    await store.append(streams.board(boardId), 'no_stream', [event]);
    return head();
  };

  it('is null at first, and then what it was last moved to', async () => {
    const stored = await StoredCheckpoint.load(store, 'relay');
    expect(stored.checkpoint).toBeNull();
    await stored.move(await appendEvent(1));
    const checkpoint = await appendEvent(2);
    await stored.move(checkpoint);
    expect((await StoredCheckpoint.load(store, 'relay')).checkpoint).toEqual(checkpoint);
    expect((await StoredCheckpoint.load(store, 'steward')).checkpoint).toBeNull();
  });

  it('can only be moved by the first of two readers', async () => {
    const checkpoint = await appendEvent(1);
    const one = await StoredCheckpoint.load(store, 'steward');
    const other = await StoredCheckpoint.load(store, 'steward');
    await one.move(checkpoint);
    await expect(other.move(checkpoint)).rejects.toThrow(CheckpointConflict);
    await one.move(await appendEvent(2));
  });

  it('keeps its stream short', async () => {
    const stored = await StoredCheckpoint.load(store, 'relay');
    for (let n = 1; n <= 15; n += 1) await stored.move(await appendEvent(n));
    const visible = await Array.fromAsync(store.readStream(streams.relay));
    expect(visible.map(({ revision }) => revision)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });
});
