import { startEventStoreDbFake } from '@mission-control/testing';
import { describe, it } from 'vitest';

/** An event store for the system under test. */
export interface StartedEventStore {
  /** undefined: the embedded Postgres that the system starts itself. */
  readonly url: string | undefined;
  readonly stop: () => Promise<void>;
}

export interface TestedEventStore {
  readonly kind: 'postgres' | 'eventstoredb';
  readonly name: string;
  readonly start: () => Promise<StartedEventStore>;
}

/** The event stores that the whole system is tested on. `EVENTSTOREDB_TEST_URL` replaces the fake with a real server. */
export const eventStores: readonly TestedEventStore[] = [
  { kind: 'postgres', name: 'Postgres', start: async () => ({ url: undefined, stop: async () => {} }) },
  {
    kind: 'eventstoredb',
    name: process.env.EVENTSTOREDB_TEST_URL ? 'EventStoreDB' : 'EventStoreDB (fake server)',
    start: async () => {
      const given = process.env.EVENTSTOREDB_TEST_URL;
      if (given) return { url: given, stop: async () => {} };
      const fake = await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024 });
      return { url: fake.url, stop: () => fake.stop() };
    },
  },
];

const isFull = process.env.TEST_SIZE === 'full';

/**
 * Describes a suite that takes long on every event store: a full run uses all of them, and a usual one only `usual`. A server in
 * `EVENTSTOREDB_TEST_URL` is always used.
 */
export const describeOnEventStores = (
  title: string,
  usual: TestedEventStore['kind'],
  suite: (store: TestedEventStore) => void,
): void => {
  for (const store of eventStores) {
    const isGiven = store.kind === 'eventstoredb' && process.env.EVENTSTOREDB_TEST_URL;
    describe(`${title}, on ${store.name}`, () => {
      if (isFull || store.kind === usual || isGiven) suite(store);
      else it('all of it', (context) => context.skip('takes minutes: npm run test:full runs it'));
    });
  }
};
