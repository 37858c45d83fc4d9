import { afterAll, beforeAll, describe, test } from 'vitest';
import { openEventStore } from '../open.ts';
import type { EventStore } from '../port.ts';
import type { ConformanceBinding } from './binding.ts';
import { reasonToSkip } from './case.ts';
import { caseTimeout, runCase } from './run.ts';
import { suite } from './suite.ts';
import { Tally } from './tally.spec-support.ts';

export interface BoundServer {
  readonly binding: ConformanceBinding;
  /** Stops what `bind` has started. */
  readonly release: () => Promise<void>;
}

/** What a prefix changes: the names of streams, and which of them are read. A full run uses the whole suite. */
const dependsOnPrefix = ['Streams', 'Installations', 'Hidden events', 'Reading', 'Subscriptions'];
const isFull = process.env.TEST_SIZE === 'full';

/** Registers the cases whose result a prefix may change. */
export const prefixedConformance = (name: string, bind: () => Promise<BoundServer>): void => {
  const cases = suite.filter(({ paragraph }) => isFull || dependsOnPrefix.includes(paragraph));
  eventStoreConformance(name, bind, cases);
};

/** Registers the cases as Vitest tests against the server that `bind` starts or finds; by default, the whole suite. */
export const eventStoreConformance = (
  name: string,
  bind: () => Promise<BoundServer>,
  registered = suite,
): void => {
  describe(`event store conformance: ${name}`, () => {
    let server: BoundServer;
    let store: EventStore;
    const tally = new Tally();

    beforeAll(async () => {
      server = await bind();
      const { url, prefix = '' } = server.binding;
      store = await openEventStore(url, { name: 'conformance', prefix });
    });

    afterAll(async () => {
      console.log(`event store conformance: ${name}\n${tally.table()}`);
      await store?.close();
      await server?.release();
    });

    if (registered.length < suite.length)
      test(`the other ${suite.length - registered.length} cases`, ({ skip }) =>
        skip('do not depend on the prefix: npm run test:full runs them'));

    describe.for(Object.entries(Object.groupBy(registered, ({ paragraph }) => paragraph)))(
      '%s',
      ([, cases]) => {
        for (const one of cases ?? []) {
          test(one.name, { timeout: caseTimeout + 60_000 }, async ({ skip }) => {
            const reason = reasonToSkip(one, server.binding.features);
            if (reason !== undefined) {
              tally.count(one.paragraph, 'skipped');
              skip(reason);
            }
            try {
              await runCase(one, store, server.binding);
              tally.count(one.paragraph, 'hold');
            } catch (error) {
              tally.count(one.paragraph, 'fail');
              throw error;
            }
          });
        }
      },
    );
  });
};
