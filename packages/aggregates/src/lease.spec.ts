import { randomUUID } from 'node:crypto';
import { asEvent, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aggregates } from './aggregate.ts';
import { AggregateCache } from './cache.ts';
import { Lease } from './lease.ts';

/** Long enough for a slow machine to renew the lease in time. */
const leaseMs = 1_000;
const context = {
  occurredAt: '2026-03-05T12:00:00.000Z',
  actor: { kind: 'admin', id: 'admin' },
  correlationId: 'test',
  causationId: null,
} as const;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let store: EventStore;
beforeAll(async () => {
  database = await createTestDatabase();
  store = await openEventStore(database.url);
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

/** A cache whose tail can be delayed, as by a slow network or a busy process. */
const followed = () => {
  const gate = { open: Promise.resolve() };
  const slow: EventStore = Object.assign(Object.create(store), {
    readStream: (...args: Parameters<EventStore['readStream']>) => store.readStream(...args),
    head: () => store.head(),
    subscribeToAll: async function* (options: Parameters<EventStore['subscribeToAll']>[0]) {
      for await (const message of store.subscribeToAll(options)) {
        await gate.open;
        yield message;
      }
    },
  });
  const stop = new AbortController();
  const cache = new AggregateCache(slow, { max: 100 });
  const following = cache.follow(stop.signal);
  return {
    cache,
    gate,
    lease: new Lease(slow, cache, leaseMs),
    end: async () => {
      stop.abort();
      await following;
    },
  };
};

const create = async (webhookId: string) => {
  const data = {
    webhookId,
    boardId: randomUUID(),
    description: 'first',
    enabled: true,
    agentId: null,
    secret: null,
    signatureScheme: 'hmac',
    signatureHeader: null,
  } as const;
  await store.append(streams.webhook(webhookId), 'any', [asEvent({ type: 'WebhookCreated', data }, context)]);
};
const disable = async (webhookId: string) => {
  const data = { webhookId, boardId: randomUUID(), enabled: false };
  await store.append(streams.webhook(webhookId), 'any', [asEvent({ type: 'WebhookUpdated', data }, context)]);
};

describe('the lease on a cache', () => {
  it('does not hold before its first use or without a tail, and is acquired by use', async () => {
    const { cache, lease, end } = followed();
    expect(lease.holds()).toBe(false);
    await waitFor(() => cache.attached);
    await waitFor(() => lease.holds());
    await end();
    expect(lease.holds()).toBe(false);
  });

  it('expires while the tail is delayed, and returns with it', async () => {
    const { lease, gate, end } = followed();
    await waitFor(() => lease.holds());
    const { promise, resolve } = Promise.withResolvers<void>();
    gate.open = promise;
    await create(randomUUID());
    await waitFor(() => !lease.holds());
    resolve();
    await waitFor(() => lease.holds());
    await end();
  });

  it('never holds while the cache misses a change that is older than the lease time', async () => {
    const { cache, lease, gate, end } = followed();
    const webhookId = randomUUID();
    await create(webhookId);
    await waitFor(() => lease.holds());
    await cache.get(aggregates.webhook, webhookId);
    const { promise, resolve } = Promise.withResolvers<void>();
    gate.open = promise;
    await disable(webhookId);
    const storedAt = performance.now();
    // Called all the time, so that it is renewed whenever possible.
    await waitFor(() => {
      const known = cache.known(aggregates.webhook, webhookId)?.state;
      const outdated = known?.status === 'active' && known.enabled;
      const age = performance.now() - storedAt;
      if (lease.holds() && age > leaseMs) expect(outdated).toBe(false);
      return age > 3 * leaseMs;
    });
    expect(lease.holds()).toBe(false);
    resolve();
    await waitFor(() => lease.holds());
    expect(cache.known(aggregates.webhook, webhookId)?.state).toMatchObject({ enabled: false });
    await end();
  });
});
