import { type EventStoreDbFake, startEventStoreDbFake } from '@mission-control/testing';
import type { BoundServer } from '../conformance/event-store-conformance.spec-support.ts';
import { appendHistory } from '../conformance/history.spec-support.ts';

const largestAppend = 4 * 1024 * 1024;

/** A fake EventStoreDB for the conformance suite, for the installation with that prefix. */
export const bindFake = async (prefix = ''): Promise<BoundServer> => {
  const fake = await startEventStoreDbFake({ maxAppendSize: largestAppend });
  await appendHistory(fake.url);
  const others = new Map<string, EventStoreDbFake>();
  return {
    binding: {
      url: fake.url,
      prefix,
      features: {
        plainTcp: true,
        largestAppend,
        restart: () => fake.restart(),
        anotherLog: async () => {
          const other = await startEventStoreDbFake({ maxAppendSize: largestAppend });
          others.set(other.url, other);
          return other.url;
        },
        cutLog: async (url, events) => {
          const log = others.get(url);
          const first = log
            ?.events()
            .filter(({ stream }) => stream.includes('conformance'))
            .at(-events);
          if (first !== undefined) await log?.truncateLog(first.position);
        },
      },
    },
    release: async () => {
      for (const server of [fake, ...others.values()]) await server.stop();
    },
  };
};
