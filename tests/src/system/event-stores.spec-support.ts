import { startEventStoreDbFake } from '@mission-control/testing';
import { describe, it } from 'vitest';
import { ownPrefix } from './own-prefix.ts';

/** An event store for the system under test. */
export interface StartedEventStore {
  /** undefined: the embedded Postgres that the system starts itself. */
  readonly url: string | undefined;
  /** The installation's prefix. Empty if nothing else uses the log. */
  readonly prefix: string;
  /** The variables of both. */
  readonly env: { readonly EVENTSTORE_URL: string | undefined; readonly EVENTSTORE_PREFIX: string };
  readonly stop: () => Promise<void>;
}

const started = (
  url: string | undefined,
  prefix: string,
  stop: () => Promise<void> = async () => {},
): StartedEventStore => ({ url, prefix, env: { EVENTSTORE_URL: url, EVENTSTORE_PREFIX: prefix }, stop });

export interface TestedEventStore {
  readonly kind: 'postgres' | 'eventstoredb';
  readonly name: string;
  readonly start: () => Promise<StartedEventStore>;
}

/**
 * The event stores that the whole system is tested on. `EVENTSTOREDB_TEST_URL` replaces the fake with a real server. All specs and runs
 * share its log, so each system gets a prefix of its own there.
 */
export const eventStores: readonly TestedEventStore[] = [
  { kind: 'postgres', name: 'Postgres', start: async () => started(undefined, '') },
  {
    kind: 'eventstoredb',
    name: process.env.EVENTSTOREDB_TEST_URL ? 'EventStoreDB' : 'EventStoreDB (fake server)',
    start: async () => {
      const given = process.env.EVENTSTOREDB_TEST_URL;
      if (given) return started(given, ownPrefix());
      const fake = await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024 });
      return started(fake.url, '', () => fake.stop());
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
