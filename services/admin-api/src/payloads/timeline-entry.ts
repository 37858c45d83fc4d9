import { assertNever, type DeliveryEventType, type DomainEvent } from '@mission-control/contracts';
import type { Payload, WebhookPayloadArrivalRow } from '@mission-control/read-models';
import { z } from 'zod';

export type DeliveryEvent = DomainEvent<DeliveryEventType>;

export const timelineEntry = z
  .looseObject({
    at: z.iso.datetime(),
    what: z.enum([
      'arrived',
      'stored',
      'redelivery_requested',
      'attempted',
      'attempt_failed',
      'told',
      'parked',
      'failed',
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
  raw_path: `/api/v1/boards/${board_id}/webhooks/${webhook_id}/payloads/${id}/arrivals/${number}/raw`,
});

/** A delivery event as a timeline entry: when, what, and the ids and codes that say more. */
export const deliveryEntryOf = (event: DeliveryEvent): TimelineEntry => {
  const at = event.metadata.occurredAt;
  const event_id = event.id;
  switch (event.type) {
    case 'RedeliveryRequested': {
      const { agentId, reason } = event.data;
      const { actor } = event.metadata;
      return {
        at,
        what: 'redelivery_requested',
        event_id,
        delivery_id: event.id,
        agent_id: agentId,
        reason,
        actor,
      };
    }
    case 'DeliveryAttempted': {
      const { deliveryId, agentId, gatewayId, template } = event.data;
      return {
        at,
        what: 'attempted',
        event_id,
        delivery_id: deliveryId,
        agent_id: agentId,
        gateway_id: gatewayId,
        template,
      };
    }
    case 'DeliveryAttemptFailed': {
      const { deliveryId, attempt, code, gatewayCode, retryAt } = event.data;
      return {
        at,
        what: 'attempt_failed',
        event_id,
        delivery_id: deliveryId,
        attempt,
        code,
        gateway_code: gatewayCode,
        retry_at: retryAt,
      };
    }
    case 'AgentTold': {
      const { deliveryId, agentId, attempt, runId } = event.data;
      return {
        at,
        what: 'told',
        event_id,
        delivery_id: deliveryId,
        agent_id: agentId,
        attempt,
        run_id: runId,
      };
    }
    case 'DeliveryParked':
      return { at, what: 'parked', event_id, delivery_id: event.data.deliveryId, reason: event.data.reason };
    case 'DeliveryFailed': {
      const { deliveryId, reason, gatewayCode } = event.data;
      return { at, what: 'failed', event_id, delivery_id: deliveryId, reason, gateway_code: gatewayCode };
    }
    default:
      return assertNever(event);
  }
};
