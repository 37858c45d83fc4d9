import { type Fact, isEvent, streams, withErasedContent } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import { ids } from './history.ts';

const of = { webhookId: ids.webhook, boardId: ids.board };

/** The ids of the payloads that were removed, and up to which revision the payload stream is truncated. */
export const removedIn = (events: readonly ProjectedEvent[]) => {
  const payloadIds = new Set<string>();
  let upToRevision = -1;
  let webhookDeleted = false;
  for (const event of events) {
    webhookDeleted ||= event.type === 'WebhookDeleted';
    // Facts after the deletion of the webhook do not count.
    if (webhookDeleted) continue;
    if (isEvent(event, 'WebhookPayloadDeleted')) payloadIds.add(event.data.payloadId);
    if (!isEvent(event, 'WebhookPayloadsExpired')) continue;
    for (const id of event.data.payloadIds ?? []) payloadIds.add(id);
    upToRevision = Math.max(upToRevision, event.data.upToRevision);
  }
  return { payloadIds, upToRevision };
};

/** The revision of the first arrival of each payload that is not removed, the oldest first. */
const storedIn = (events: readonly ProjectedEvent[]): Map<string, number> => {
  const { payloadIds } = removedIn(events);
  const stored = new Map<string, number>();
  for (const event of events) {
    if (!isEvent(event, 'WebhookPayloadReceived')) continue;
    const { payloadId } = event.data;
    if (!payloadIds.has(payloadId) && !stored.has(payloadId)) stored.set(payloadId, event.revision);
  }
  return stored;
};

/**
 * The fact that a steward appends to expire the oldest payloads.
 *
 * @param seen how many events its read model had applied; another steward may have expired more since
 */
export const expiry = (
  events: readonly ProjectedEvent[],
  { expire, seen }: { expire: number; seen: number },
): Fact[] => {
  const stored = [...storedIn(events.slice(0, Math.max(events.length - (seen % 4), 0)))];
  const expired = stored.slice(0, expire);
  const [, lastRevision] = expired.at(-1) ?? [];
  if (lastRevision === undefined) return [];
  const [, nextRevision] = stored[expired.length] ?? [];
  const upToRevision = nextRevision === undefined ? lastRevision : nextRevision - 1;
  const payloadIds = expired.map(([id]) => id);
  return [{ type: 'WebhookPayloadsExpired', data: { ...of, upToRevision, payloadIds } }];
};

/** An admin deletes a payload that is stored, or does it again. */
export const deletion = (events: readonly ProjectedEvent[], payloadId: string): Fact[] =>
  events.some((event) => isEvent(event, 'WebhookPayloadReceived') && event.data.payloadId === payloadId)
    ? [{ type: 'WebhookPayloadDeleted', data: { ...of, payloadId, undelivered: false } }]
    : [];

/** An admin erases the content of a payload that has arrived, or does it again. */
export const erasure = (events: readonly ProjectedEvent[], payloadId: string): Fact[] => {
  const revisions = events.flatMap((event) =>
    isEvent(event, 'WebhookPayloadReceived') && event.data.payloadId === payloadId ? event.revision : [],
  );
  if (revisions.length === 0) return [];
  const data = { ...of, payloadId, reason: 'asked to', revisions, undelivered: false };
  return [{ type: 'WebhookPayloadErased', data }];
};

/** The events as a reader gets them once the keys of erased arrivals are destroyed. */
const withoutErasedContent = (events: readonly ProjectedEvent[]): ProjectedEvent[] => {
  const erased = new Set(
    events.flatMap((event) => (isEvent(event, 'WebhookPayloadErased') ? event.data.revisions : [])),
  );
  return events.map((event) =>
    isEvent(event, 'WebhookPayloadReceived') && erased.has(event.revision)
      ? {
          ...event,
          data: withErasedContent(event.data),
        }
      : event,
  );
};

/** What a reader still sees once the steward has removed what the facts name. */
export const visibleEvents = (events: readonly ProjectedEvent[]): ProjectedEvent[] => {
  const { payloadIds, upToRevision } = removedIn(events);
  const tombstoned = new Set([...payloadIds].map((id) => streams.delivery(id)));
  return withoutErasedContent(events).filter(
    ({ stream, revision }) =>
      !tombstoned.has(stream) && (stream !== streams.payloads(ids.webhook) || revision > upToRevision),
  );
};
