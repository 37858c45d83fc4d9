import type { ProjectedEvent } from '@mission-control/projections';
import type { AuditedKind } from '@mission-control/read-models';
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

/** 410: the payload was removed. */
export const payloadGone = (payloadId: string, event: ProjectedEvent): ApiError =>
  new ApiError(
    410,
    'payload_gone',
    `Payload ${payloadId} is gone: ${whyGone(event)} (${event.metadata.occurredAt}).`,
    { extra: factOf(event) },
  );

const whyGone = ({ type }: ProjectedEvent): string => {
  if (type === 'WebhookPayloadDeleted') return 'it was deleted';
  if (type === 'WebhookPayloadsExpired') return 'its retention has ended';
  return 'its webhook was deleted, and its payloads with it';
};

/** 410: the log does not have the event any more, or has it only until what it is about is erased. */
export const eventGone = (event?: ProjectedEvent): ApiError =>
  new ApiError(
    410,
    'event_gone',
    'The event is gone: retention, deletion or pruning has removed what it is about.',
    { extra: event ? factOf(event) : {} },
  );
