import { isEvent, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import type { ProjectedEvent } from '@mission-control/projections';
import { type AuditedKind, eventsUpTo } from '@mission-control/read-models';
import { ApiError } from '@mission-control/runtime';

/** The event that removed something, in an error. */
const factOf = (event: ProjectedEvent) => ({
  removed_by: {
    event_id: event.id,
    type: event.type,
    occurred_at: event.metadata.occurredAt,
    actor: event.metadata.actor,
    correlation_id: event.metadata.correlationId,
  },
});

const names: Readonly<Record<AuditedKind, string>> = {
  board: 'board',
  agent: 'agent',
  gateway: 'OpenClaw gateway',
  webhook: 'webhook',
};

/** 410: at that point of the log it was deleted. */
export const removed = (kind: AuditedKind, event: ProjectedEvent): ApiError =>
  new ApiError(
    410,
    `${kind}_deleted`,
    `The ${names[kind]} was deleted on ${event.metadata.occurredAt}. Ask for an earlier time.`,
    { extra: factOf(event) },
  );

/**
 * Why the log does not have a payload of this webhook: 410 with the last event that removed payloads. Undefined if there is none. The ids of
 * expired payloads are not kept, so an id that never existed gets the same answer there.
 */
export const removalOfPayload = async (
  store: EventStore,
  boardId: string,
  webhookId: string,
  payloadId: string,
): Promise<ApiError | undefined> => {
  let last: ProjectedEvent | undefined;
  for await (const event of eventsUpTo(store, streams.webhook(webhookId), {})) {
    if (!isEvent(event, 'WebhookDeleted', 'WebhookPayloadsExpired') || event.data.boardId !== boardId)
      continue;
    last = event;
  }
  if (!last) return undefined;
  const why =
    last.type === 'WebhookDeleted'
      ? 'its webhook was deleted, and its payloads with it'
      : 'the retention of this payload has ended, if the webhook ever received it';
  return new ApiError(
    410,
    'payload_gone',
    `Payload ${payloadId} is not in the log: ${why} (${last.metadata.occurredAt}).`,
    { extra: factOf(last) },
  );
};
