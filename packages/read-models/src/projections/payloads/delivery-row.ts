import { type DeliveryFact, unchangedBy } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import type { DeliveryStatus, PayloadStatus, WebhookDeliveryRow } from '../../tables/payloads.ts';

export type DeliveryEvent = ProjectedEvent & DeliveryFact;

/** The delivery that an event is about. A redelivery has the id of its request event. */
export const deliveryIdOf = (event: DeliveryEvent): string =>
  event.type === 'RedeliveryRequested' ? event.id : event.data.deliveryId;

/** The row after the event. An event that the row already includes leaves it unchanged. */
export const evolveDelivery = (
  row: WebhookDeliveryRow | undefined,
  event: DeliveryEvent,
): WebhookDeliveryRow => {
  if (row && event.position <= row.applied_position) return row;
  const { payloadId, boardId, webhookId } = event.data;
  const { occurredAt } = event.metadata;
  return {
    id: deliveryIdOf(event),
    payload_id: payloadId,
    board_id: boardId,
    webhook_id: webhookId,
    agent_id: row?.agent_id ?? null,
    requested_at: row?.requested_at ?? occurredAt,
    attempts: row?.attempts ?? 0,
    position: row?.position ?? event.position,
    ...changes(row, event),
    updated_at: occurredAt,
    applied_position: event.position,
  };
};

type Changes = Pick<WebhookDeliveryRow, 'status' | 'reason'> &
  Partial<Pick<WebhookDeliveryRow, 'agent_id' | 'attempts'>>;

const changes = (row: WebhookDeliveryRow | undefined, event: DeliveryEvent): Changes => {
  switch (event.type) {
    case 'RedeliveryRequested':
      return { status: 'requested', reason: event.data.reason, agent_id: event.data.agentId };
    case 'DeliveryAttempted':
      // An attempt that replaces another one is not counted again.
      return {
        status: 'attempted',
        reason: null,
        agent_id: event.data.agentId,
        attempts: Math.max(1, row?.attempts ?? 0),
      };
    case 'DeliveryAttemptFailed':
      return { status: 'retrying', reason: event.data.code, attempts: event.data.attempt };
    case 'AgentTold':
      return { status: 'told', reason: null, agent_id: event.data.agentId, attempts: event.data.attempt };
    case 'DeliveryParked':
      return { status: 'parked', reason: event.data.reason };
    case 'DeliveryFailed':
      return { status: 'failed', reason: event.data.reason };
    default:
      return unchangedBy({ status: row?.status ?? 'requested', reason: row?.reason ?? null }, event);
  }
};

/** The payload's status while this is its last delivery; undefined: the delivery has not begun. */
export const payloadStatusOf = (
  delivery: WebhookDeliveryRow,
): { status: PayloadStatus; status_reason: string | null } | undefined => {
  const begun = statuses[delivery.status];
  const isUntold = begun === 'parked' || begun === 'failed';
  return begun && { status: begun, status_reason: isUntold ? delivery.reason : null };
};

const statuses: Readonly<Record<DeliveryStatus, PayloadStatus | undefined>> = {
  requested: undefined,
  attempted: 'delivering',
  retrying: 'delivering',
  told: 'told',
  parked: 'parked',
  failed: 'failed',
};
