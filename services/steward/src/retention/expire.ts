import { aggregates, endDeliveries, loadAggregate } from '@mission-control/aggregates';
import { asEvent, type EventContext, newOrderedId, streams } from '@mission-control/contracts';
import { countExpired, type RetentionRule, retentionOf } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import { type LiveReadModels, listOldestPayloads, type OldPayload } from '@mission-control/read-models';
import type { Logger } from '@mission-control/runtime';
import type { StewardMetrics } from '../metrics.ts';
import { inGroups } from '../removing/in-groups.ts';

export interface RetentionParts {
  readonly store: EventStore;
  readonly readModels: LiveReadModels;
  readonly log: Logger;
  readonly metrics: StewardMetrics;
  readonly defaults: RetentionRule;
  /** Waits until what was appended before is removed, so that facts do not run ahead of the work that they demand. */
  readonly removed: (signal: AbortSignal) => Promise<void>;
}

interface Webhook {
  readonly webhookId: string;
  readonly boardId: string;
  /** How many payloads it has. */
  readonly payloads: number;
}

/** Payloads of one fact. */
const payloadsPerEvent = 500;

/**
 * Ends the retention of a webhook's payloads by appending facts, some hundred payloads each. What follows from them is done elsewhere: rows
 * by the projections, streams by a duty. A crash at any line leaves deliveries that ended or facts that count; the next check continues.
 *
 * The read model says which payloads are the oldest, and how many there are. It has to show everything that was in the log when the check
 * began. The rule is read from the webhook's stream, so that a change that was answered counts.
 */
export const expirePayloads = async (
  parts: RetentionParts,
  { webhookId, boardId, payloads }: Webhook,
  signal: AbortSignal,
): Promise<void> => {
  const { store, readModels, defaults } = parts;
  let total = payloads;
  let after: bigint | null = null;
  for (;;) {
    signal.throwIfAborted();
    const { state: webhook } = await loadAggregate(store, aggregates.webhook, webhookId);
    if (webhook.status !== 'active') return;
    const oldest: OldPayload[] = await listOldestPayloads(
      readModels.db,
      webhookId,
      after,
      payloadsPerEvent + 1,
    );
    const candidates = oldest.slice(0, payloadsPerEvent);
    const expired = candidates.slice(
      0,
      countExpired(candidates, total, retentionOf(webhook, defaults), Date.now()),
    );
    const last = expired.at(-1);
    if (!last) return;
    await appendExpired(parts, { webhookId, boardId }, expired, oldest[expired.length] ?? null);
    if (expired.length < payloadsPerEvent) return;
    total -= expired.length;
    after = last.position;
    await parts.removed(signal);
  }
};

/** @param next the oldest payload that stays; null: there is none, as far as is known */
const appendExpired = async (
  { store, log, metrics }: RetentionParts,
  ids: { webhookId: string; boardId: string },
  expired: readonly OldPayload[],
  next: OldPayload | null,
): Promise<void> => {
  const context = contextOfCheck();
  const ends = await inGroups(expired, async ({ payloadId, eventId }) => {
    const removal = { reason: 'expired_undelivered', firstArrivalId: eventId } as const;
    return { payloadId, ...(await endDeliveries(store, { ...ids, payloadId }, removal, context)) };
  });
  metrics.deliveriesEnded(
    ends.reduce((sum, { ended }) => sum + ended, 0),
    'expired_undelivered',
  );
  const undeliveredIds = ends.flatMap(({ payloadId, undelivered }) => (undelivered ? [payloadId] : []));
  // Between the last one that expired and the next there are only later arrivals of removed payloads.
  const upToRevision = next ? next.revision - 1 : Math.max(...expired.map(({ revision }) => revision));
  const data = {
    ...ids,
    upToRevision,
    payloadIds: expired.map(({ payloadId }) => payloadId),
    undeliveredIds,
  };
  const fact = asEvent({ type: 'WebhookPayloadsExpired', data }, context);
  const result = await store.append(streams.removals(ids.webhookId), 'any', [fact]);
  // The webhook was deleted.
  if (!result.ok) return;
  metrics.payloadsExpired(expired.length);
  log.info(
    {
      board_id: ids.boardId,
      webhook_id: ids.webhookId,
      payloads: expired.length,
      undelivered: undeliveredIds.length,
    },
    'the retention of payloads has ended',
  );
};

const contextOfCheck = (): EventContext => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'steward' },
  correlationId: newOrderedId(),
  causationId: null,
});
