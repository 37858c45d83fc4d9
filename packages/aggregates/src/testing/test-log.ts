import { asEvent, newRandomId, streams } from '@mission-control/contracts';
import { type Checkpoint, type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase } from '@mission-control/test-servers';

export interface TestLog {
  readonly store: EventStore;
  /** Appends a `BoardDeleted` event and resolves to the checkpoint at it. */
  readonly append: () => Promise<Checkpoint>;
  readonly close: () => Promise<void>;
}

/** A separate log for a test. */
export const openTestLog = async (): Promise<TestLog> => {
  const database = await createTestDatabase();
  const store = await openEventStore(database.url);
  return {
    store,
    append: async () => {
      const boardId = newRandomId();
      const event = asEvent(
        { type: 'BoardDeleted', data: { boardId } },
        {
          occurredAt: new Date().toISOString(),
          actor: { kind: 'admin', id: 'spec' },
          correlationId: 'spec',
          causationId: null,
        },
      );
      const result = await store.append(streams.board(boardId), 'no_stream', [event]);
      const head = await store.head();
      if (!result.ok || !head) throw new Error('The event was not stored.');
      return { incarnation: head.incarnation, position: result.position, eventId: event.id };
    },
    close: async () => {
      await store.close();
      await database.drop();
    },
  };
};
