import { AggregateCache, aggregates, decideOn, Lease } from '@mission-control/aggregates';
import { newRandomId, webhookDefaults } from '@mission-control/contracts';
import { decideWebhook, type WebhookCommand } from '@mission-control/domain';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IngestLimits } from './limits.ts';
import { Webhooks } from './webhooks.ts';

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

const command = (webhookId: string, given: WebhookCommand) =>
  decideOn(
    store,
    aggregates.webhook,
    webhookId,
    {
      occurredAt: new Date().toISOString(),
      actor: { kind: 'admin', id: 'spec' },
      correlationId: 'spec',
      causationId: null,
    },
    (state) => decideWebhook(given, state),
  );
const create = async () => {
  const [webhookId, boardId] = [newRandomId(), newRandomId()];
  await command(webhookId, {
    type: 'CreateWebhook',
    webhookId,
    boardId,
    description: 'A webhook of a spec',
    enabled: true,
    agentId: null,
    signatureScheme: 'hmac',
    signatureHeader: null,
    ...webhookDefaults,
    secret: null,
  });
  return { boardId, webhookId };
};

/** Milliseconds. Longer than a test: once it has ended, a cached webhook is read from the store, and the tests hold reads back. */
const lastingLease = 3_600_000;

/** The webhooks of a process on the store. Reads of streams are counted. */
const start = async () => {
  const reads = { begun: 0, inProgress: 0, most: 0, fail: false, gate: Promise.resolve() };
  const counted: EventStore = Object.assign(Object.create(store), {
    head: () => store.head(),
    subscribeToAll: (...args: Parameters<EventStore['subscribeToAll']>) => store.subscribeToAll(...args),
    readStream: async function* (...args: Parameters<EventStore['readStream']>) {
      reads.begun += 1;
      reads.inProgress += 1;
      reads.most = Math.max(reads.most, reads.inProgress);
      try {
        await reads.gate;
        if (reads.fail) throw new Error('no answer');
        yield* store.readStream(...args);
      } finally {
        reads.inProgress -= 1;
      }
    },
  });
  const limits = new IngestLimits(
    { rejected: { requests: 1, seconds: 600 }, accepted: null, lookups: { requests: 1_000, seconds: 600 } },
    null,
  );
  const cache = new AggregateCache(counted, { max: 100 });
  const lease = new Lease(counted, cache, lastingLease);
  const stop = new AbortController();
  const following = cache.follow(stop.signal);
  await waitFor(() => lease.holds());
  const end = async () => {
    stop.abort();
    await following;
  };
  return { webhooks: new Webhooks(cache, lease, limits), limits, reads, end };
};

describe('reads before rejections', () => {
  it('are no more for a flood than for two requests, and each begins after the request', async () => {
    const { webhooks, reads, end } = await start();
    const { boardId, webhookId } = await create();
    await webhooks.find(boardId, webhookId, 'a');
    reads.begun = 0;
    const flood = Array.from({ length: 500 }, () => webhooks.refresh(boardId, webhookId));
    await command(webhookId, { type: 'UpdateWebhook', enabled: false });
    const { webhook, revision } = await webhooks.refresh(boardId, webhookId);
    expect([webhook.enabled, revision]).toEqual([false, 1]);
    await Promise.all(flood);
    // One immediately, one for the flood and one for the last. Each may be repeated once if the tail overtakes it.
    expect(reads.begun).toBeLessThanOrEqual(6);
    await end();
  });
});

/** Concurrent lookups of unknown ids from one address. */
const unknownIds = (webhooks: Webhooks, count: number, address = 'a') =>
  Promise.allSettled(
    Array.from({ length: count }, () => webhooks.find(newRandomId(), newRandomId(), address)),
  );
const statusesOf = (results: readonly PromiseSettledResult<unknown>[]) => {
  const counts: Record<string, number> = {};
  for (const result of results) {
    const status = result.status === 'fulfilled' ? 'found' : String(result.reason.status);
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
};

describe('for an address over its limit of unknown ids', () => {
  it('lookups wait their turn, and a webhook not yet cached is found', async () => {
    const { webhooks, limits, reads, end } = await start();
    await limits.countUnknown('a');
    const flood = () => unknownIds(webhooks, 15);
    const { boardId, webhookId } = await create();
    const before = flood();
    const asked = Array.from({ length: 20 }, () => webhooks.find(boardId, webhookId, 'a'));
    const after = flood();
    const found = await Promise.all(asked);
    expect(new Set(found.map(({ webhook }) => webhook.webhookId))).toEqual(new Set([webhookId]));
    for (const result of [...(await before), ...(await after)])
      expect(result).toMatchObject({ status: 'rejected', reason: { status: 404 } });
    expect(reads.most).toBe(1);
    await end();
  });

  it('a cached webhook does not wait', async () => {
    const { webhooks, limits, end } = await start();
    const { boardId, webhookId } = await create();
    await webhooks.find(boardId, webhookId, 'b');
    await limits.countUnknown('a');
    const flood = unknownIds(webhooks, 50);
    expect(await Promise.race([webhooks.find(boardId, webhookId, 'a'), flood])).toHaveProperty('webhook');
    await flood;
    await end();
  });

  it('at most 50 lookups wait, others get 503, and cached webhooks and other addresses are not affected', async () => {
    const { webhooks, limits, reads, end } = await start();
    const [cached, unseen] = [await create(), await create()];
    await webhooks.find(cached.boardId, cached.webhookId, 'b');
    await limits.countUnknown('a');
    await limits.countUnknown('b');
    const gate = Promise.withResolvers<void>();
    reads.gate = gate.promise;
    const flood = unknownIds(webhooks, 500);
    await expect(webhooks.find(unseen.boardId, unseen.webhookId, 'a')).rejects.toMatchObject({
      status: 503,
      code: 'overloaded',
      headers: { 'retry-after': '1' },
    });
    expect(await webhooks.find(cached.boardId, cached.webhookId, 'a')).toHaveProperty('webhook');
    const other = webhooks.find(unseen.boardId, unseen.webhookId, 'b');
    gate.resolve();
    expect(await other).toHaveProperty('webhook');
    expect(statusesOf(await flood)).toEqual({ 404: 50, 503: 450 });
    // The queue has room again.
    expect(statusesOf(await unknownIds(webhooks, 50))).toEqual({ 404: 50 });
    await end();
  });

  it('at most 200 lookups of all addresses wait', async () => {
    const { webhooks, limits, reads, end } = await start();
    const cached = await create();
    await webhooks.find(cached.boardId, cached.webhookId, 'a');
    const addresses = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const address of addresses) await limits.countUnknown(address);
    const gate = Promise.withResolvers<void>();
    reads.gate = gate.promise;
    const floods = addresses.map((address) => unknownIds(webhooks, 45, address));
    await expect(webhooks.find(newRandomId(), newRandomId(), 'f')).rejects.toMatchObject({ status: 503 });
    expect(await webhooks.find(cached.boardId, cached.webhookId, 'f')).toHaveProperty('webhook');
    gate.resolve();
    const results = (await Promise.all(floods)).flat();
    expect(statusesOf(results)).toEqual({ 404: 200, 503: 70 });
    await end();
  });

  it('all waiting lookups fail with the first one that fails', async () => {
    const { webhooks, limits, reads, end } = await start();
    await limits.countUnknown('a');
    reads.fail = true;
    reads.begun = 0;
    const flood = unknownIds(webhooks, 50);
    for (const result of await flood)
      expect(result).toMatchObject({ status: 'rejected', reason: { status: 503 } });
    expect(reads.begun).toBe(1);
    reads.fail = false;
    await expect(webhooks.find(newRandomId(), newRandomId(), 'a')).rejects.toMatchObject({ status: 404 });
    await end();
  });
});

it('lookups for records are made one at a time, and at most 100 wait', async () => {
  const { webhooks, reads, end } = await start();
  const known = await create();
  const [first, ...others] = [
    webhooks.findForRecord(known.boardId, known.webhookId),
    ...Array.from({ length: 199 }, () => webhooks.findForRecord(newRandomId(), newRandomId())),
    webhooks.findForRecord('no id', 'at all'),
  ];
  expect((await first)?.webhook.webhookId).toBe(known.webhookId);
  expect(new Set(await Promise.all(others))).toEqual(new Set([null]));
  expect(reads).toMatchObject({ most: 1, begun: 100 });
  await end();
});
