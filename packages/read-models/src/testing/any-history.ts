import { type Fact, memoryEntryIdOf, streams } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import fc from 'fast-check';
import {
  attempted,
  coalesced,
  confirmed,
  deliveryOf,
  filtered,
  filterFailed,
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
  replayControl,
  replayProgressed,
  replayRequested,
  runEnded,
  second,
  sent,
  told,
  webhookCreated,
  webhookDeleted,
} from './history.ts';
import { deletion, erasure, expiry } from './removals.ts';

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
/** The events that name payloads which are told together, as their deliveries name them. */
const coalescedIds = ['66666666', '77777777'].map((start) => `${start}${ids.payload.slice(8)}`);
const coalescedCause = fc.constantFrom(...coalescedIds).map((id) => ({ payloadId: id, id }));
const anyCause = fc.oneof({ arbitrary: cause, weight: 3 }, coalescedCause);
const of = { boardId: ids.board, webhookId: ids.webhook };

/** What a log may contain about one webhook, including late and repeated facts. */
const fact = fc.oneof(
  {
    arbitrary: fc.tuple(cause, fc.nat(3)).map(([one, webhookRevision]) =>
      received({
        ...one,
        webhookRevision,
        headers: [['x-github-event', 'push']],
        text: `{"id":"${one.id}","action":"sent"}`,
      }),
    ),
    weight: 4,
  },
  {
    arbitrary: fc
      .record({ id: fc.constantFrom(...coalescedIds), of: fc.uniqueArray(payloadId, { minLength: 1 }) })
      .map((one) => coalesced(one.id, one.of)),
    weight: 2,
  },
  anyCause.map(({ id, payloadId }) => attempted(id, payloadId)),
  anyCause.map(({ id, payloadId }) => told(id, payloadId)),
  anyCause.map(({ id, payloadId }) => parked(id, 'no_agent', payloadId)),
  fc
    .tuple(anyCause, fc.constantFrom('notify_when', 'told_too_often'))
    .map(([{ id, payloadId }, reason]) => filtered(id, reason, payloadId)),
  cause.map(({ id, payloadId }) => filterFailed(id, payloadId)),
  cause.map(({ id, payloadId }) => filterFailed(id, payloadId, 'coalesce.key')),
  fc.tuple(anyCause, fc.boolean()).map(([{ id, payloadId }, again]) => sent(id, payloadId, again)),
  fc.tuple(anyCause, fc.boolean()).map(([{ id, payloadId }, again]) => confirmed(id, payloadId, again)),
  anyCause.map(({ id, payloadId }) => lost(id, payloadId)),
  anyCause.map(({ id, payloadId }) => outcomeUnknown(id, payloadId)),
  fc
    .tuple(anyCause, fc.constantFrom('ok', 'error', 'skipped', 'no_reply', 'timed_out', 'unknown'))
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
  {
    arbitrary: fc.oneof(
      fc.constant(replayRequested()),
      fc
        .tuple(fc.nat(9), fc.array(fc.nat(9)))
        .map(([handled, skipped]) => replayProgressed(handled, skipped)),
      fc
        .constantFrom('ReplayPaused', 'ReplayResumed', 'ReplayCancelled', 'ReplayCompleted')
        .map((type) => replayControl(type)),
    ),
    weight: 4,
  },
  // These depend on what the log contains before them.
  { arbitrary: fc.record({ expire: fc.integer({ min: 1, max: 3 }), seen: fc.nat(100) }), weight: 2 },
  payloadId.map((payload) => ({ deleted: payload })),
  payloadId.map((payload) => ({ erased: payload })),
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
  fc
    .record(
      {
        description: fc.string(),
        eventType: fc.constantFrom('scheme', 'off', 'body:/id'),
        enabled: fc.boolean(),
      },
      { requiredKeys: [] },
    )
    .map((change) => ({ type: 'WebhookUpdated', data: { ...of, ...change } }) as const),
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

/** A gateway has read the revision that it names, so the log contains it before the arrival. */
const readBefore = <F extends Fact<'WebhookPayloadReceived'>>(
  past: readonly ProjectedEvent[],
  fact: F,
): F => {
  const newest = past.filter(({ stream }) => stream === streams.webhook(ids.webhook)).length - 1;
  const webhookRevision = Math.min(fact.data.webhookRevision, newest);
  return { ...fact, data: { ...fact.data, webhookRevision } };
};

/** The events of such a log, in order. */
export const history = fc.array(rareFact, { minLength: 1, maxLength: 25 }).map((facts) => {
  const past = new History().add(webhookCreated(), gatewayCreated);
  for (const one of facts) {
    if ('expire' in one) past.add(...expiry(past.events, one));
    else if ('deleted' in one) past.add(...deletion(past.events, one.deleted));
    else if ('erased' in one) past.add(...erasure(past.events, one.erased));
    // Payloads are told together once.
    else if (
      !('id' in one) ||
      one.type !== 'PayloadsCoalesced' ||
      past.events.every(({ id }) => id !== one.id)
    )
      past.add(one.type === 'WebhookPayloadReceived' ? readBefore(past.events, one) : one);
  }
  return past.events;
});

/** Sizes of successive batches; repeated if the history is longer. */
export const batchSizes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 5 });
