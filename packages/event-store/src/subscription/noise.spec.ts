import { randomUUID } from 'node:crypto';
import { startEventStoreDbFake, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BoundServer } from '../conformance/event-store-conformance.spec-support.ts';
import { Follower } from '../conformance/follower.ts';
import { ServerProxy } from '../conformance/server-proxy.ts';
import { bindFake } from '../eventstoredb/bind-fake.spec-support.ts';
import { openEventStore } from '../open.ts';
import { bindPostgres } from '../postgres/bind-postgres.spec-support.ts';

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: object;
}

/** Keeps what an operator sees with the default level. */
const logTo = (lines: Line[]) => {
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, fields });
  return { debug: () => {}, info: at('info'), warn: at('warn'), error: at('error') };
};

const one = () => [{ id: randomUUID(), type: 'Noted', data: {}, metadata: {} }];

describe.for([
  ['Postgres', () => bindPostgres()],
  ['EventStoreDB, the fake', () => bindFake()],
] as const)('the log lines of a process on %s', ([, bind]) => {
  let server: BoundServer;

  beforeAll(async () => {
    server = await bind();
  });

  afterAll(() => server.release());

  test('are two for an outage, however many readers notice it and however often, and none for a stop', async () => {
    const proxy = await ServerProxy.to(server.binding.url);
    const writer = await openEventStore(server.binding.url);
    const lines: Line[] = [];
    const store = await openEventStore(proxy.url, { log: logTo(lines) });
    await store.append('noise-1', 'any', one());
    const followers = Array.from(
      { length: 5 },
      (_, number) => new Follower(store, { from: number > 2 ? 'end' : 'start' }),
    );
    for (const follower of followers) await follower.caughtUp();
    lines.splice(0);
    const afterAppend = async () => {
      const news = followers.map((follower) => follower.untilEvents(follower.events.length + 1));
      await writer.append('noise-1', 'any', one());
      await Promise.all(news);
    };
    for (let outage = 1; outage <= 2; outage += 1) {
      await afterAppend();
      const known = lines.length;
      const news = followers.map((follower) => follower.untilEvents(follower.events.length + 1));
      proxy.break();
      await waitFor(() => lines.length > known);
      // Several attempts of each reader fail.
      await expect(store.head()).rejects.toThrow();
      await expect(store.head()).rejects.toThrow();
      await writer.append('noise-1', 'any', one());
      proxy.repair();
      await Promise.all(news);
    }
    const outageLines = [
      expect.objectContaining({ level: 'warn', message: 'lost the event store; retrying' }),
      expect.objectContaining({
        level: 'info',
        message: 'the event store is back',
        fields: { seconds: expect.any(Number), retries: expect.any(Number) },
      }),
    ];
    expect(lines).toEqual([...outageLines, ...outageLines]);
    lines.splice(0);
    await afterAppend();
    await store.append('noise-1', 'any', one());
    await store.close();
    expect(lines).toEqual([]);
    await writer.close();
    proxy.close();
  });
});

test('a store that cannot be opened says so by its error only', async () => {
  const fake = await startEventStoreDbFake({ maxAppendSize: 100_000 });
  const lines: Line[] = [];
  const options = { log: logTo(lines), largestEvent: { bytes: 1_000_000, setting: 'SIZE' } };
  for (let attempt = 0; attempt < 3; attempt += 1)
    await expect(openEventStore(fake.url, options)).rejects.toThrow(/MaxAppendSize/);
  await fake.stop();
  await expect(openEventStore(fake.url, options)).rejects.toThrow(/cannot be reached/);
  expect(lines).toEqual([]);
});
