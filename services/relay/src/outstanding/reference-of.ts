import {
  assertNever,
  type DeliveryReference,
  deliveryTypesExcept,
  type EventData,
  isEvent,
  parseEvent,
} from '@mission-control/contracts';
import type { RecordedEvent } from '@mission-control/event-store';
import type { RecordedArrival } from '../deciding/decision.ts';

type Parsed = ReturnType<typeof parseEvent<RecordedEvent>>;

/** What an event means for the outstanding deliveries. */
export type Meaning =
  | {
      readonly kind: 'asked';
      readonly reference: DeliveryReference;
      /** At receipt; null: a redelivery. */
      readonly webhookRevision: number | null;
      /** null: a redelivery. */
      readonly arrival: RecordedArrival | null;
    }
  | {
      readonly kind: 'coalesced';
      readonly reference: DeliveryReference;
      readonly data: EventData<'PayloadsCoalesced'>;
    }
  | {
      readonly kind: 'settled';
      readonly deliveryId: string;
      /** Why no agent is told; null: it ended in another way. */
      readonly filtered: EventData<'DeliveryFiltered'>['reason'] | null;
    }
  | { readonly kind: 'told_alone'; readonly deliveryId: string }
  | { readonly kind: 'board_moved'; readonly boardId: string }
  | { readonly kind: 'webhook_deleted'; readonly webhookId: string }
  | { readonly kind: 'nothing' };

/**
 * The event types that `meaningOf` understands. A delivery is outstanding until the agent is told or it is settled in another way. The
 * outcome of the agent's run does not matter here.
 */
export const meaningfulTypes = [
  'WebhookPayloadReceived',
  ...deliveryTypesExcept(
    'DeliveryAttempted',
    'DeliveryAttemptFailed',
    'MessageSent',
    'MessageLost',
    'AgentRunEnded',
    'DeliveryCoalesced',
  ),
  'PayloadsCoalesced',
  'BoardUpdated',
  'WebhookDeleted',
] as const;

/** @throws Error for any other event type */
export const meaningOf = (recorded: RecordedEvent): Meaning => {
  const event = parseEvent(recorded);
  if (!isEvent(event, ...meaningfulTypes)) throw new Error(`Unexpected event type ${event.type}.`);
  switch (event.type) {
    case 'WebhookPayloadReceived':
      return {
        ...{ kind: 'asked', reference: referenceOf(event), arrival: event },
        webhookRevision: event.data.webhookRevision,
      };
    case 'RedeliveryRequested':
      return { kind: 'asked', reference: referenceOf(event), webhookRevision: null, arrival: null };
    case 'PayloadsCoalesced':
      return { kind: 'coalesced', reference: referenceOf(event), data: event.data };
    case 'AgentTold':
    case 'MessageConfirmed':
    case 'DeliveryOutcomeUnknown':
    case 'DeliveryParked':
    case 'DeliveryFailed':
      return { kind: 'settled', deliveryId: event.data.deliveryId, filtered: null };
    case 'DeliveryFiltered':
      return { kind: 'settled', deliveryId: event.data.deliveryId, filtered: event.data.reason };
    case 'DeliveryFilterFailed': {
      const { setting, deliveryId } = event.data;
      return setting === 'coalesce.key' ? { kind: 'told_alone', deliveryId } : { kind: 'nothing' };
    }
    case 'BoardUpdated': {
      const { boardId, gatewayId } = event.data;
      return gatewayId === undefined ? { kind: 'nothing' } : { kind: 'board_moved', boardId };
    }
    case 'WebhookDeleted':
      return { kind: 'webhook_deleted', webhookId: event.data.webhookId };
    default:
      return assertNever(event);
  }
};

const referenceOf = (
  event: Parsed & { type: 'WebhookPayloadReceived' | 'PayloadsCoalesced' | 'RedeliveryRequested' },
): DeliveryReference => {
  const { boardId, webhookId } = event.data;
  const payloadId = event.type === 'PayloadsCoalesced' ? event.id : event.data.payloadId;
  const { traceparent, occurredAt } = event.metadata;
  return {
    payloadId,
    boardId,
    webhookId,
    cause: {
      type: event.type,
      eventId: event.id,
      stream: event.stream,
      revision: event.revision,
      position: event.position.toString(),
    },
    ...(traceparent !== undefined && { traceparent }),
    agentId: event.type === 'RedeliveryRequested' ? event.data.agentId : null,
    requestedAt: occurredAt,
  };
};
