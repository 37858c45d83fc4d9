import { type Fact, memoryEntryIdOf } from '@mission-control/contracts';
import type { Projection } from '@mission-control/projections';
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { ReadModels } from '../tables/read-models.ts';
import {
  attempted,
  confirmed,
  deliveryOf,
  gatewayAvailable,
  gatewayCreated,
  gatewayUnavailable,
  History,
  ids,
  lost,
  outcomeUnknown,
  parked,
  received,
  refused,
  runEnded,
  second,
  sent,
  told,
  webhookCreated,
  webhookDeleted,
} from '../testing/history.ts';
import { deletion, expiry, visibleEvents } from '../testing/removals.ts';
import { openTestReadModels, type TestReadModels } from '../testing/test-read-models.ts';
import { projections } from './projections.ts';

const payloadIds = [
  ids.payload,
  ids.otherPayload,
  ...['44444444', '55555555'].map((start) => `${start}${ids.payload.slice(8)}`),
];
const payloadId = fc.constantFrom(...payloadIds);
/** A few events per payload: its arrivals and redelivery requests, which name its deliveries. */
const cause = fc.tuple(payloadId, fc.integer({ min: 0, max: 1 })).map(([payload, n]) => ({
  payloadId: payload,
  id: `${payload.slice(0, 7)}${n}-0000-4000-8000-000000000000`,
}));
const of = { boardId: ids.board, webhookId: ids.webhook };

/** What a log may contain about one webhook, including late and repeated facts. */
const fact = fc.oneof(
  { arbitrary: cause.map((one) => received({ ...one, text: `{"id":"${one.id}"}` })), weight: 4 },
  cause.map(({ id, payloadId }) => attempted(id, payloadId)),
  cause.map(({ id, payloadId }) => told(id, payloadId)),
  cause.map(({ id, payloadId }) => parked(id, 'no_agent', payloadId)),
  fc.tuple(cause, fc.boolean()).map(([{ id, payloadId }, again]) => sent(id, payloadId, again)),
  fc.tuple(cause, fc.boolean()).map(([{ id, payloadId }, again]) => confirmed(id, payloadId, again)),
  cause.map(({ id, payloadId }) => lost(id, payloadId)),
  cause.map(({ id, payloadId }) => outcomeUnknown(id, payloadId)),
  fc
    .tuple(cause, fc.constantFrom('ok', 'error', 'skipped', 'no_reply', 'timed_out', 'unknown'))
    .map(([{ id, payloadId }, outcome]) => runEnded(id, outcome, payloadId)),
  fc.constantFrom<Fact>(
    gatewayAvailable,
    gatewayUnavailable('away', 'gateway_unreachable'),
    gatewayUnavailable('away', 'connect_timeout'),
    gatewayUnavailable('rejected', 'not_paired', 'request'),
    { type: 'OpenclawGatewayUpdated', data: { gatewayId: ids.gateway, name: 'Renamed' } },
  ),
  fc.tuple(cause, fc.nat(2)).map(
    ([{ id, payloadId }, failures]) =>
      ({
        type: 'DeliveryAttemptFailed',
        data: {
          ...deliveryOf(id, payloadId),
          attempt: failures + 1,
          code: 'unreachable',
          gatewayCode: null,
          retryAt: null,
        },
      }) as const,
  ),
  cause.map(
    ({ id, payloadId }) =>
      ({
        id,
        type: 'RedeliveryRequested',
        data: { ...of, payloadId, arrivalRevision: 0, agentId: null, reason: 'again' },
      }) as const,
  ),
  {
    // Some are repeated; times and revisions go beyond what is kept.
    arbitrary: fc
      .record({ n: fc.nat(23), hiddenBefore: fc.constantFrom(0, 0, 0, 400) })
      .map(({ n, hiddenBefore }) =>
        refused({
          hiddenBefore,
          id: `${ids.entry.slice(0, -2)}${10 + n}`,
          refusedAt: second((n % 6) * 7 * 86_400),
        }),
      ),
    weight: 4,
  },
  // These depend on what the log contains before them.
  { arbitrary: fc.record({ expire: fc.integer({ min: 1, max: 3 }), seen: fc.nat(100) }), weight: 2 },
  payloadId.map((payload) => ({ deleted: payload })),
  fc
    .uniqueArray(fc.constantFrom(...payloadIds.flatMap((id) => [id, memoryEntryIdOf(id)])), { maxLength: 3 })
    .map(
      (entryIds): Fact<'MemoryEntriesPruned'> => ({
        type: 'MemoryEntriesPruned',
        data: {
          boardId: ids.board,
          entryIds,
          criteria: { before: null, tag: 'x', source: null, isChat: null },
        },
      }),
    ),
  fc.string().map((description) => ({ type: 'WebhookUpdated', data: { ...of, description } }) as const),
  fc.record({ payloadId, isChat: fc.boolean() }).map(
    ({ payloadId, isChat }): Fact<'MemoryEntryAdded'> => ({
      type: 'MemoryEntryAdded',
      data: {
        entryId: payloadId,
        boardId: ids.board,
        content: 'note',
        tags: [],
        isChat,
        source: null,
        author: { kind: 'admin', id: 'test' },
      },
    }),
  ),
  payloadId.map(
    (payload): Fact<'MemoryEntryKept'> => ({
      type: 'MemoryEntryKept',
      data: {
        ...of,
        entryId: memoryEntryIdOf(payload),
        payloadId: payload,
        content: 'kept',
        tags: ['webhook'],
        isChat: false,
        createdAt: '2026-03-05T12:00:00.000Z',
      },
    }),
  ),
);

const rareFact = fc.oneof(
  { arbitrary: fact, weight: 20 },
  fc.boolean().map(webhookDeleted),
  fc.constantFrom<Fact>(
    { type: 'BoardDeleted', data: { boardId: ids.board } },
    { type: 'OpenclawGatewayDeleted', data: { gatewayId: ids.gateway } },
  ),
);

const history = fc.array(rareFact, { minLength: 1, maxLength: 25 }).map((facts) => {
  const past = new History().add(webhookCreated(), gatewayCreated);
  for (const one of facts) {
    if ('expire' in one) past.add(...expiry(past.events, one));
    else if ('deleted' in one) past.add(...deletion(past.events, one.deleted));
    else past.add(one);
  }
  return past.events;
});

/** Sizes of successive batches; repeated if the history is longer. */
const batchSizes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 5 });

const countersAgree = async ({ db }: TestReadModels): Promise<void> => {
  const { rows } = await sql`
    (select webhook_id::text, status, payloads from webhook_payload_counts
     except select webhook_id::text, status, count(*) from webhook_payload_states group by 1, 2)
    union all
    (select webhook_id::text, status, count(*) from webhook_payload_states group by 1, 2
     except select webhook_id::text, status, payloads from webhook_payload_counts)
    union all
    (select board_id::text, is_chat::text, entries from board_memory_counts
     except select board_id::text, is_chat::text, count(*) from board_memory group by 1, 2)
    union all
    (select board_id::text, is_chat::text, count(*) from board_memory group by 1, 2
     except select board_id::text, is_chat::text, entries from board_memory_counts)
    union all
    (select state.payload_id::text, 'arrivals', state.arrivals from webhook_payload_states state
      where arrivals <> (select count(*) from webhook_payload_arrivals where payload_id = state.payload_id))
    union all
    (select coalesce(payload.id, state.payload_id)::text, 'state', state.arrivals
       from board_webhook_payloads payload full join webhook_payload_states state on state.payload_id = payload.id
      where payload.id is null or state.payload_id is null or payload.webhook_id <> state.webhook_id
         or payload.position <> state.position or payload.received_at <> state.received_at)`.execute(db);
  expect(rows).toEqual([]);
};

it.each<Projection<ReadModels>>(projections)(
  'in any order of facts and with any batches, the rows of $name are the same and the counters agree',
  async (projection) => {
    const models = await openTestReadModels(projection);
    await fc.assert(
      fc.asyncProperty(history, batchSizes, async (events, sizes) => {
        await models.empty();
        for (const event of events) await models.apply([event]);
        const oneByOne = await models.dump();
        await countersAgree(models);

        await models.empty();
        for (let at = 0, n = 0; at < events.length; n += 1) {
          const size = sizes[n % sizes.length] ?? 1;
          await models.apply(events.slice(at, at + size));
          at += size;
        }
        expect(await models.dump()).toEqual(oneByOne);
        await models.apply(events.slice(-1));
        expect(await models.dump()).toEqual(oneByOne);
        await countersAgree(models);

        // The streams have been truncated since.
        await models.empty();
        const visible = visibleEvents(events);
        for (let at = 0; at < visible.length; at += sizes[0] ?? 1)
          await models.apply(visible.slice(at, at + (sizes[0] ?? 1)));
        expect(await models.dump()).toEqual(oneByOne);
        await countersAgree(models);
      }),
      { numRuns: 60 },
    );
    await models.drop();
  },
  600_000,
);
