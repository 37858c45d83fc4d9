import { randomUUID } from 'node:crypto';
import { type DomainEvent, type Fact, parseEvent, streams } from '@mission-control/contracts';
import {
  evolveAgent,
  evolveBoard,
  evolveOpenclawGateway,
  evolveWebhook,
  noAgent,
  noBoard,
  noOpenclawGateway,
  noWebhook,
} from '@mission-control/domain';
import { type EventStore, openEventStore, type RecordedEvent } from '@mission-control/event-store';
import { ProjectionRunner, waitForProjections } from '@mission-control/projections';
import { createTestDatabase } from '@mission-control/test-servers';
import { startEventStoreDbFake } from '@mission-control/testing';
import fc from 'fast-check';
import type { Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateReadModels } from '../migrations/migrate.ts';
import { openReadModels } from '../open.ts';
import { auditProjection } from '../projections/audit/audit.ts';
import { payloadsProjection } from '../projections/payloads/payloads.ts';
import { lastEventAt, lastEventUpTo, listArrivalsAt, listIdsAt } from '../queries/audit.ts';
import { listCoalescedOf } from '../queries/coalesced.ts';
import { findPayload } from '../queries/payloads.ts';
import { type AuditedKind, auditedKinds } from '../tables/audit.ts';
import type { ReadModels } from '../tables/read-models.ts';
import {
  attempted,
  confirmed,
  History,
  ids,
  lost,
  parked,
  received,
  runEnded,
  sent,
} from '../testing/history.ts';
import { openTestReadModels } from '../testing/test-read-models.ts';
import { resourceAt } from './configuration.ts';
import { payloadAt } from './payload.ts';

const servers = [
  { name: 'Postgres', start: async () => ({ url: undefined, stop: async () => {} }) },
  { name: 'EventStoreDB (fake server)', start: () => startEventStoreDbFake() },
];

/** One of three resources of each kind: few, so that changes of one are mixed with those of others. */
const n = fc.integer({ min: 0, max: 2 });
const idOf = (run: string, kind: AuditedKind, number: number) =>
  `${run.slice(0, 23)}-${auditedKinds.indexOf(kind)}${number}0000000000`;

type Make = (run: string) => Fact;
const make =
  (number: number, kind: AuditedKind, of: (id: string, boardId: string) => Fact): Make =>
  (run) =>
    of(idOf(run, kind, number), idOf(run, 'board', number));

/** What may happen, in any order: what was never created is changed and deleted, and what was deleted is changed. */
const fact: fc.Arbitrary<Make> = fc.oneof(
  n.map((i) =>
    make(i, 'board', (boardId) => ({
      type: 'BoardCreated',
      data: { boardId, name: 'Board', slug: `board-${i}`, description: '', gatewayId: null },
    })),
  ),
  fc
    .tuple(n, fc.string())
    .map(([i, name]) => make(i, 'board', (boardId) => ({ type: 'BoardUpdated', data: { boardId, name } }))),
  n.map((i) => make(i, 'board', (boardId) => ({ type: 'BoardDeleted', data: { boardId } }))),
  n.map((i) =>
    make(i, 'agent', (agentId, boardId) => ({
      type: 'AgentCreated',
      data: { agentId, boardId, name: 'Ada', openclawSessionId: null, tokenHash: '1'.repeat(64) },
    })),
  ),
  fc
    .tuple(n, fc.string())
    .map(([i, name]) => make(i, 'agent', (agentId) => ({ type: 'AgentUpdated', data: { agentId, name } }))),
  n.map((i) =>
    make(i, 'agent', (agentId, boardId) => ({ type: 'AgentDeleted', data: { agentId, boardId } })),
  ),
  n.map((i) =>
    make(i, 'gateway', (gatewayId) => ({
      type: 'OpenclawGatewayCreated',
      data: { gatewayId, name: 'Home', url: 'wss://home.example', token: null, allowInsecureTls: false },
    })),
  ),
  n.map((i) =>
    make(i, 'gateway', (gatewayId) => ({
      type: 'OpenclawGatewayUpdated',
      data: { gatewayId, token: 'a.b.c.d.e' },
    })),
  ),
  n.map((i) =>
    make(i, 'webhook', (webhookId, boardId) => ({
      type: 'WebhookCreated',
      data: {
        ...{ webhookId, boardId, description: 'Do it', enabled: true, agentId: null, secret: null },
        ...{ signatureScheme: 'github', signatureHeader: null },
      },
    })),
  ),
  fc.tuple(n, fc.string(), fc.boolean()).map(([i, description, enabled]) =>
    make(i, 'webhook', (webhookId, boardId) => ({
      type: 'WebhookUpdated',
      data: { webhookId, boardId, description, enabled },
    })),
  ),
  n.map((i) =>
    make(i, 'webhook', (webhookId, boardId) => ({
      type: 'WebhookSecretRotated',
      data: { webhookId, boardId, secret: 'a.b.c.d.e', previousValidUntil: null },
    })),
  ),
  n.map((i) =>
    make(i, 'webhook', (webhookId, boardId) => ({
      type: 'WebhookDeleted',
      data: { webhookId, boardId, cleanupMemory: false },
    })),
  ),
);

const streamOf = {
  board: streams.board,
  agent: streams.agent,
  gateway: streams.openclawGateway,
  webhook: streams.webhook,
} as const;

/** The log up to a position, folded by the functions that decide commands: another fold than that of the rows. */
const folded = (log: readonly RecordedEvent[], kind: AuditedKind, id: string) => {
  const facts = log.filter(({ stream }) => stream === streamOf[kind](id)).map(parseEvent) as never[];
  switch (kind) {
    case 'board':
      return facts.reduce(evolveBoard, noBoard);
    case 'agent':
      return facts.reduce(evolveAgent, noAgent);
    case 'gateway':
      return facts.reduce(evolveOpenclawGateway, noOpenclawGateway);
    case 'webhook':
      return facts.reduce(evolveWebhook, noWebhook);
  }
};

describe.each(servers)('in any history on $name', ({ start }) => {
  let store: EventStore;
  let db: Kysely<ReadModels>;
  const ends: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    const server = await start();
    const database = await createTestDatabase();
    await migrateReadModels(database.url);
    store = await openEventStore(server.url ?? database.url);
    const models = openReadModels(database.url, { timeouts: 'batches' });
    db = models.db;
    const stopping = new AbortController();
    const run = new ProjectionRunner({ projection: auditProjection, db, store }).run(stopping.signal);
    ends.push(async () => {
      stopping.abort();
      await run;
      await models.close();
      await store.close();
      await database.drop();
      await server.stop();
    });
  });
  afterAll(async () => {
    for (const end of ends) await end();
  });

  const append = async (events: readonly (DomainEvent & { stream: string })[]): Promise<bigint[]> => {
    const positions: bigint[] = [];
    for (const { stream, id, type, data, metadata } of events) {
      const result = await store.append(stream, 'any', [{ id, type, data, metadata }]);
      if (!result.ok) throw new Error(result.reason);
      positions.push(result.position);
    }
    expect(await waitForProjections(db, ['audit'], positions.at(-1) ?? 0n, 60_000)).toBe('reached');
    return positions;
  };

  it('a state as of a position is the fold of the log up to it, and so are lists and times', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fact, { minLength: 5, maxLength: 25 }), async (makes) => {
        const run = randomUUID();
        const before = (await store.head())?.position ?? -1n;
        await append(new History().add(...decided(makes.map((one) => one(run)))).events);
        const log: RecordedEvent[] = [];
        for await (const event of store.readAll(before < 0n ? {} : { from: before })) log.push(event);
        for (const [index, { position, recordedAt }] of log.entries()) {
          const known = log.slice(0, index + 1);
          expect((await lastEventUpTo(db, position)).point).toEqual({ position, at: recordedAt });
          const last = log.findLast((one) => one.recordedAt <= recordedAt);
          expect((await lastEventAt(db, recordedAt)).point?.position).toBe(last?.position);
          for (const kind of auditedKinds) {
            const present: string[] = [];
            for (const number of [0, 1, 2]) {
              const id = idOf(run, kind, number);
              const expected = folded(known, kind, id);
              const found = await resourceAt(store, kind, id, { position });
              const exists = expected.status === 'active' || expected.status === 'open';
              expect(found.state === 'present').toBe(exists);
              if (found.state === 'present') {
                present.push(id);
                expect(shownOf(found.row)).toEqual(shownOf(expected));
              }
            }
            if (kind !== 'agent' && kind !== 'webhook') continue;
            for (const number of [0, 1, 2]) {
              const boardId = idOf(run, 'board', number);
              const listed = await listIdsAt(db, kind, position, { limit: 9, offset: 0, boardId });
              expect(listed.items).toEqual(present.filter((id) => id === idOf(run, kind, number)));
            }
          }
        }
      }),
      { numRuns: 5 },
    );
  }, 300_000);

  it('a payload as of a position is what the read model showed then', async () => {
    const models = await openTestReadModels(payloadsProjection);
    const steps = fc.array(fc.constantFrom(attempted, sent, confirmed, lost, ran, refusedBy, again), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (makes) => {
        await models.empty();
        const [payloadId, webhookId, deliveryId] = [randomUUID(), randomUUID(), randomUUID()];
        const facts = [
          received({ id: deliveryId, payloadId }),
          ...makes.map((one) => one(deliveryId, payloadId)),
        ];
        const history = new History().add(
          ...facts.map((one) => ({ ...one, data: { ...one.data, webhookId } }) as Fact & { id?: string }),
        );
        const positions = await append(history.events);
        for (const [index, event] of history.events.entries()) {
          const position = positions[index] ?? 0n;
          await models.apply([{ ...event, position, revision: event.revision }]);
          const live = await findPayload(models.db, ids.board, webhookId, payloadId);
          const arrivals = await listArrivalsAt(db, payloadId, position);
          const coalesced = await listCoalescedOf(db, payloadId);
          expect(await payloadAt(store, payloadId, { arrivals, coalesced }, position)).toEqual(live);
        }
      }),
      { numRuns: 8 },
    );
    await models.drop();
  }, 300_000);
});

/** Commands create a resource once, and not after it was deleted. */
const decided = (facts: readonly Fact[]): Fact[] => {
  const final = new Set<string>();
  return facts.filter(({ type, data }) => {
    if (!/Created$|Deleted$/.test(type)) return true;
    const key = `${type.replace(/Created$|Deleted$/, '')} ${JSON.stringify(Object.values(data)[0])}`;
    const isKnown = final.has(key);
    final.add(key);
    return type.endsWith('Deleted') || !isKnown;
  });
};

const ran = (deliveryId: string, payloadId: string) => runEnded(deliveryId, 'ok', payloadId);
const refusedBy = (deliveryId: string, payloadId: string) => parked(deliveryId, 'no_agent', payloadId);
const again = (_: string, payloadId: string) => received({ payloadId, text: '{"other": true}' });

/** What rows and states have in common. */
const shownOf = (one: object) => {
  const any = one as Record<string, unknown>;
  return {
    name: any.name,
    description: any.description,
    enabled: any.enabled,
    board: 'slug' in any ? undefined : (any.board_id ?? any.boardId),
    hasSecret: any.has_secret ?? any.has_token ?? setIn(any, 'secret') ?? setIn(any, 'token'),
    lead: any.lead_agent_id ?? any.leadAgentId ?? null,
  };
};

const setIn = (state: Record<string, unknown>, name: string): boolean | undefined =>
  name in state ? state[name] !== null : undefined;
