import { randomUUID } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { asEvent, type EventContext, type Fact, streams } from '@mission-control/contracts';
import { decideBoard, decideBoardSlug } from '@mission-control/domain';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aggregates } from './aggregate.ts';
import { AggregateCache } from './cache.ts';
import { decideOn, TooMuchContention } from './decide.ts';
import { loadAggregate } from './load.ts';

const context: EventContext = {
  occurredAt: '2026-03-05T12:00:00.000Z',
  actor: { kind: 'admin', id: 'admin' },
  correlationId: 'test',
  causationId: null,
};
const webhookCreated = (webhookId: string): Fact<'WebhookCreated'> => ({
  type: 'WebhookCreated',
  data: {
    webhookId,
    boardId: randomUUID(),
    description: 'first',
    enabled: true,
    agentId: null,
    secret: null,
    signatureScheme: 'hmac',
    signatureHeader: null,
  },
});
const described = (webhookId: string, description: string): Fact<'WebhookUpdated'> => ({
  type: 'WebhookUpdated',
  data: { webhookId, boardId: randomUUID(), description },
});

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

const append = async (webhookId: string, fact: Fact) => {
  const result = await store.append(streams.webhook(webhookId), 'any', [asEvent(fact, context)]);
  if (!result.ok) throw new Error(result.reason);
  return result;
};
const newWebhook = async () => {
  const webhookId = randomUUID();
  await append(webhookId, webhookCreated(webhookId));
  return webhookId;
};
const descriptionOf = (loaded: { state: unknown }) => (loaded.state as { description?: string }).description;

describe('a decision on a stream', () => {
  it('is repeated after a lost race: each of 50 concurrent commands counts once', async () => {
    const boardId = randomUUID();
    const create = {
      type: 'CreateBoard',
      boardId,
      name: 'B',
      slug: 'b',
      description: '',
      gatewayId: null,
    } as const;
    await decideOn(store, aggregates.board, boardId, context, (board) => decideBoard(create, board));
    const webhookIds = Array.from({ length: 50 }, () => randomUUID());
    const add = (webhookId: string): Promise<unknown> =>
      decideOn(store, aggregates.board, boardId, context, (board) =>
        decideBoard({ type: 'AddWebhook', webhookId, agentId: null }, board),
      ).catch((error) => {
        // On a busy machine some lose for longer than the command has patience.
        if (!(error instanceof TooMuchContention)) throw error;
        return add(webhookId);
      });
    await Promise.all(webhookIds.map(add));
    const { state } = await loadAggregate(store, aggregates.board, boardId);
    expect(state.status === 'open' && [...state.webhooks].sort()).toEqual(webhookIds.sort());
  });

  it('lets one of 50 concurrent commands win when only one may', async () => {
    const slug = randomUUID();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, () =>
        decideOn(store, aggregates.boardSlug, slug, context, (state) =>
          decideBoardSlug({ type: 'ReserveSlug', slug, boardId: randomUUID() }, state),
        ),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('the aggregate cache', () => {
  /** Lets the test count the reads of streams, and delay them after the store has answered. */
  const observed = (by: 'stream' | 'type' = 'stream') => {
    const reads: string[] = [];
    const answered: string[] = [];
    const gate: { hold: Promise<void> } = { hold: Promise.resolve() };
    const wrapped: EventStore = Object.assign(Object.create(store), {
      readStream: async function* (...[stream, options]: Parameters<EventStore['readStream']>) {
        reads.push(stream);
        const events = await Array.fromAsync(store.readStream(stream, options));
        answered.push(stream);
        await gate.hold;
        yield* events;
      },
      subscribeToAll: (options: Parameters<EventStore['subscribeToAll']>[0]) => store.subscribeToAll(options),
    });
    const stop = new AbortController();
    const cache = new AggregateCache(wrapped, { max: 100, by });
    const following = cache.follow(stop.signal);
    return { cache, reads, answered, gate, stop, following, attached: () => waitFor(() => cache.attached) };
  };

  it.each(['stream', 'type'] as const)(
    'reads a stream once and updates it from the tail, by %s',
    async (by) => {
      const { cache, reads, attached, stop, following } = observed(by);
      await attached();
      const webhookId = await newWebhook();
      expect(descriptionOf(await cache.get(aggregates.webhook, webhookId))).toBe('first');
      await append(webhookId, described(webhookId, 'second'));
      await waitFor(async () => descriptionOf(await cache.get(aggregates.webhook, webhookId)) === 'second');
      expect(reads).toHaveLength(1);
      stop.abort();
      await following;
    },
  );

  it('misses no event that is appended during a read', async () => {
    const { cache, gate, attached, stop, following } = observed();
    await attached();
    const webhookId = await newWebhook();
    const { promise, resolve } = Promise.withResolvers<void>();
    gate.hold = promise;
    const reading = cache.get(aggregates.webhook, webhookId);
    const { position } = await append(webhookId, described(webhookId, 'meanwhile'));
    await cache.passed(position, stop.signal);
    resolve();
    expect(descriptionOf(await reading)).toBe('meanwhile');
    stop.abort();
    await following;
  });

  it('keeps nothing without a tail', async () => {
    const { cache, reads, attached, stop, following } = observed();
    await attached();
    const webhookId = await newWebhook();
    await cache.get(aggregates.webhook, webhookId);
    stop.abort();
    await following;
    await append(webhookId, described(webhookId, 'unseen'));
    expect(descriptionOf(await cache.get(aggregates.webhook, webhookId))).toBe('unseen');
    await cache.get(aggregates.webhook, webhookId);
    expect(reads).toHaveLength(3);
  });

  it('refreshes with a read that begins after the call', async () => {
    const { cache, answered, gate } = observed();
    const webhookId = await newWebhook();
    const { promise, resolve } = Promise.withResolvers<void>();
    gate.hold = promise;
    const early = cache.get(aggregates.webhook, webhookId);
    await waitFor(() => answered.length > 0);
    await append(webhookId, described(webhookId, 'later'));
    const refreshed = cache.refresh(aggregates.webhook, webhookId);
    resolve();
    // The earlier read may know of the change as well, from the tail.
    await early;
    expect(descriptionOf(await refreshed)).toBe('later');
  });

  it('shares one read among concurrent callers', async () => {
    const { cache, reads } = observed();
    const webhookId = await newWebhook();
    await Promise.all(Array.from({ length: 20 }, () => cache.get(aggregates.webhook, webhookId)));
    expect(reads).toHaveLength(1);
  });

  it('tells of each change once it knows it, and when it may have missed some', async () => {
    const { cache, attached, stop, following } = observed();
    const webhookId = randomUUID();
    const stream = aggregates.webhook.stream(webhookId);
    const told: unknown[] = [];
    const forget = cache.onChange((changed) => {
      if (changed === null) told.push({ attached: cache.attached });
      const known = cache.known(aggregates.webhook, webhookId);
      if (changed === stream && known) told.push(descriptionOf(known));
    });
    await attached();
    await append(webhookId, webhookCreated(webhookId));
    await cache.get(aggregates.webhook, webhookId);
    await append(webhookId, described(webhookId, 'second'));
    await waitFor(() => told.includes('second'));
    stop.abort();
    await following;
    forget();
    expect(told.at(0)).toEqual({ attached: true });
    expect(told.slice(-2)).toEqual(['second', { attached: false }]);
  });

  it('leaves no listener on the signal of a wait that is over', async () => {
    const { cache, attached, stop, following } = observed();
    await attached();
    const stillServing = new AbortController();
    const either = AbortSignal.any([stillServing.signal, AbortSignal.timeout(60_000)]);
    const webhookId = randomUUID();
    const waiting = cache.passed(((await store.head())?.position ?? -1n) + 1n, either);
    expect(getEventListeners(either, 'abort')).toHaveLength(1);
    await append(webhookId, webhookCreated(webhookId));
    await waiting;
    expect(getEventListeners(either, 'abort')).toHaveLength(0);
    const given = cache.passed(1_000_000_000_000n, either);
    stillServing.abort();
    await expect(given).rejects.toThrow();
    expect(getEventListeners(either, 'abort')).toHaveLength(0);
    stop.abort();
    await following;
  });

  it('tells when the tail has passed a position', async () => {
    const { cache, attached, stop, following } = observed();
    await attached();
    const webhookId = randomUUID();
    const { position } = await append(webhookId, webhookCreated(webhookId));
    await cache.passed(position, AbortSignal.timeout(60_000));
    await expect(cache.passed(position + 1_000_000n, AbortSignal.timeout(50))).rejects.toThrow();
    await expect(cache.passed(position + 1_000_000n, AbortSignal.abort())).rejects.toThrow();
    stop.abort();
    await following;
  });
});
