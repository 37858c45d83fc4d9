import { assertNever, type DeliveryEventType, type DomainEvent } from '@mission-control/contracts';
import type { Payload, WebhookPayloadArrivalRow } from '@mission-control/read-models';
import { z } from 'zod';

/** The entry of `PayloadsCoalesced` says that an arrival is told together with others. */
export type DeliveryEvent = DomainEvent<Exclude<DeliveryEventType, 'DeliveryCoalesced'>>;

/** A timeline names so many of the payloads that are told together. */
const shownTogether = 100;

export const timelineEntry = z
  .looseObject({
    at: z.iso.datetime(),
    what: z.enum([
      'arrived',
      'stored',
      'coalesced',
      'redelivery_requested',
      'attempted',
      'attempt_failed',
      'sent',
      'told',
      'lost',
      'run_ended',
      'outcome_unknown',
      'parked',
      'failed',
      'filtered',
      'filter_error',
    ]),
    arrival: z.int().optional().describe('With arrived: its number, counted from 1.'),
    content_differs: z
      .boolean()
      .optional()
      .describe(
        "With arrived: whether the body differs from the first arrival's. Compressed bodies are compared after inflating.",
      ),
    sha256: z.string().optional().describe('With arrived: SHA-256 of the body, in hex.'),
    size: z.int().optional().describe('With arrived: bytes of the body.'),
    encrypted: z
      .boolean()
      .optional()
      .describe('With arrived: whether the content is encrypted in the event store.'),
    replay_id: z
      .uuid()
      .nullable()
      .optional()
      .describe('With redelivery_requested: the replay that it belongs to; null: none.'),
    payloads: z
      .int()
      .optional()
      .describe(
        'With coalesced: how many payloads are told together. Their delivery is the one with this delivery_id.',
      ),
    payload_ids: z
      .array(z.uuid())
      .optional()
      .describe(
        `With coalesced: the payloads that are told together, oldest first; at most ${shownTogether}.`,
      ),
    raw_path: z.string().optional().describe('With arrived: where the body can be downloaded.'),
  })
  .describe('The other ids and codes differ from entry to entry.');
export type TimelineEntry = z.infer<typeof timelineEntry>;

export const arrivalEntryOf = (
  { id, board_id, webhook_id, content_sha256 }: Payload,
  arrival: WebhookPayloadArrivalRow,
  number: number,
): TimelineEntry => ({
  at: arrival.received_at,
  what: 'arrived',
  event_id: arrival.event_id,
  source_ip: arrival.source_ip,
  arrival: number,
  content_differs: arrival.content_sha256 !== content_sha256,
  sha256: arrival.sha256,
  size: arrival.size,
  encrypted: arrival.encrypted,
  raw_path: `/api/v1/boards/${board_id}/webhooks/${webhook_id}/payloads/${id}/arrivals/${number}/raw`,
});

/** A delivery event as a timeline entry: when, what, and the ids and codes that say more. */
export const deliveryEntryOf = (event: DeliveryEvent): TimelineEntry => {
  const { actor, occurredAt } = event.metadata;
  if (event.type === 'RedeliveryRequested') {
    const { agentId, reason, replayId = null } = event.data;
    const requested = { what: 'redelivery_requested', event_id: event.id, delivery_id: event.id } as const;
    return { at: occurredAt, ...requested, agent_id: agentId, reason, replay_id: replayId, actor };
  }
  return { at: occurredAt, event_id: event.id, delivery_id: event.data.deliveryId, ...saidOf(event) };
};

/** The payload is told together with others: which, and by which delivery. */
export const coalescedEntryOf = ({
  id,
  data,
  metadata,
}: DomainEvent<'PayloadsCoalesced'>): TimelineEntry => ({
  at: metadata.occurredAt,
  what: 'coalesced',
  event_id: id,
  delivery_id: id,
  payloads: data.payloads.length,
  payload_ids: data.payloads.slice(0, shownTogether).map(({ payloadId }) => payloadId),
});

type Said = Pick<TimelineEntry, 'what'> & Record<string, unknown>;

const saidOf = (event: Exclude<DeliveryEvent, { type: 'RedeliveryRequested' }>): Said => {
  switch (event.type) {
    case 'DeliveryAttempted': {
      const { agentId, gatewayId, template } = event.data;
      return { what: 'attempted', agent_id: agentId, gateway_id: gatewayId, template };
    }
    case 'DeliveryAttemptFailed': {
      const { attempt, code, gatewayCode, retryAt, detail = null } = event.data;
      return { what: 'attempt_failed', attempt, code, gateway_code: gatewayCode, retry_at: retryAt, detail };
    }
    case 'MessageSent': {
      const { agentId, gatewayId, attempt, runId, sentAgain } = event.data;
      return {
        what: 'sent',
        agent_id: agentId,
        gateway_id: gatewayId,
        attempt,
        run_id: runId,
        sent_again: sentAgain,
      };
    }
    case 'MessageConfirmed': {
      const { agentId, attempt, runId, evidence, sentAgain } = event.data;
      return { what: 'told', agent_id: agentId, attempt, run_id: runId, evidence, sent_again: sentAgain };
    }
    case 'AgentTold': {
      const { agentId, attempt, runId } = event.data;
      return {
        what: 'told',
        agent_id: agentId,
        attempt,
        run_id: runId,
        evidence: 'acknowledged',
        sent_again: false,
      };
    }
    case 'MessageLost':
      return { what: 'lost', reason: event.data.reason };
    case 'AgentRunEnded': {
      const { runId, outcome, code, detail } = event.data;
      return { what: 'run_ended', run_id: runId, outcome, code, detail };
    }
    case 'DeliveryOutcomeUnknown':
      return { what: 'outcome_unknown', reason: event.data.reason };
    case 'DeliveryParked': {
      const { reason, detail = null } = event.data;
      return { what: 'parked', reason, detail };
    }
    case 'DeliveryFailed': {
      const { reason, gatewayCode, detail = null } = event.data;
      return { what: 'failed', reason, gateway_code: gatewayCode, detail };
    }
    case 'DeliveryFiltered': {
      const { reason, webhookRevision } = event.data;
      return { what: 'filtered', reason, webhook_revision: webhookRevision };
    }
    case 'DeliveryFilterFailed': {
      const { setting = 'notify_when', code, webhookRevision, detail = null } = event.data;
      return { what: 'filter_error', setting, code, webhook_revision: webhookRevision, detail };
    }
    default:
      return assertNever(event);
  }
};
