import { startEventStoreDbFake } from '@mission-control/testing';

/** An event store for the system under test. */
export interface StartedEventStore {
  /** undefined: the embedded Postgres that the system starts itself. */
  readonly url: string | undefined;
  readonly stop: () => Promise<void>;
}

/** The event stores that the whole system is tested on. `EVENTSTOREDB_TEST_URL` replaces the fake with a real server. */
export const eventStores: readonly { name: string; start: () => Promise<StartedEventStore> }[] = [
  { name: 'Postgres', start: async () => ({ url: undefined, stop: async () => {} }) },
  {
    name: process.env.EVENTSTOREDB_TEST_URL ? 'EventStoreDB' : 'EventStoreDB (fake server)',
    start: async () => {
      const given = process.env.EVENTSTOREDB_TEST_URL;
      if (given) return { url: given, stop: async () => {} };
      const fake = await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024 });
      return { url: fake.url, stop: () => fake.stop() };
    },
  },
];
