import { asEvent, streams } from '@mission-control/contracts';
import { type Checkpoint, type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeptPlace, PlaceTaken } from './kept-place.ts';

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
    const place = await store.head();
    if (!place) throw new Error('The log is empty.');
    return place;
  };

  const happen = async (n: number) => {
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

  it('is null at first, and then where it was last moved to', async () => {
    const kept = await KeptPlace.load(store, 'relay');
    expect(kept.checkpoint).toBeNull();
    await kept.move(await happen(1));
    const place = await happen(2);
    await kept.move(place);
    expect((await KeptPlace.load(store, 'relay')).checkpoint).toEqual(place);
    expect((await KeptPlace.load(store, 'steward')).checkpoint).toBeNull();
  });

  it('can only be moved by the first of two readers', async () => {
    const place = await happen(1);
    const one = await KeptPlace.load(store, 'steward');
    const other = await KeptPlace.load(store, 'steward');
    await one.move(place);
    await expect(other.move(place)).rejects.toThrow(PlaceTaken);
    await one.move(await happen(2));
  });

  it('keeps its stream short', async () => {
    const kept = await KeptPlace.load(store, 'relay');
    for (let n = 1; n <= 15; n += 1) await kept.move(await happen(n));
    const shown = await Array.fromAsync(store.readStream(streams.relay));
    expect(shown.map(({ revision }) => revision)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });
});
