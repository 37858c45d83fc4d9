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

/** Registers the suite as Vitest tests against the server that `bind` starts or finds. */
export const eventStoreConformance = (name: string, bind: () => Promise<BoundServer>): void => {
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

    describe.for(Object.entries(Object.groupBy(suite, ({ paragraph }) => paragraph)))('%s', ([, cases]) => {
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
    });
  });
};
