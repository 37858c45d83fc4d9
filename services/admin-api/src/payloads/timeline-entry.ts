import type { DeliveryFact, DomainEvent } from '@mission-control/contracts';
import { z } from 'zod';

export type DeliveryEvent = DomainEvent<DeliveryFact['type']>;

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
  })
  .describe('Ids and codes beside these two differ from entry to entry.');
export type TimelineEntry = z.infer<typeof timelineEntry>;

/** A delivery's event as an entry of the timeline: when, what, and the ids and codes that tell more. */
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
      const { deliveryId, agentId, gatewayId } = event.data;
      return {
        at,
        what: 'attempted',
        event_id,
        delivery_id: deliveryId,
        agent_id: agentId,
        gateway_id: gatewayId,
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
      return neverEvent(event);
  }
};

const neverEvent = (event: never): never => {
  throw new Error(`Unknown event ${JSON.stringify(event)}`);
};
