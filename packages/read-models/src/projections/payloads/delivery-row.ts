import {
  type DeliveryFact,
  deliveryTypesExcept,
  type EventData,
  isEvent,
  unchangedBy,
} from '@mission-control/contracts';
import { runSucceeded } from '@mission-control/domain';
import type { ProjectedEvent } from '@mission-control/projections';
import type { DeliveryStatus, PayloadStatus, WebhookDeliveryRow } from '../../tables/payloads.ts';

/** An arrival that is told together with others has no row: its delivery never begins. */
export type DeliveryEvent = ProjectedEvent & Exclude<DeliveryFact, { type: 'DeliveryCoalesced' }>;

export const isDeliveryEvent = (event: ProjectedEvent): event is DeliveryEvent =>
  isEvent(event, ...deliveryTypesExcept('DeliveryCoalesced'));

/** The delivery that an event is about. A redelivery has the id of its request event. */
export const deliveryIdOf = (event: DeliveryEvent): string =>
  event.type === 'RedeliveryRequested' ? event.id : event.data.deliveryId;

/**
 * The row after the event. An event that the row already includes leaves it unchanged.
 *
 * @param oldestId the oldest payload that is told, if several are told together
 */
export const evolveDelivery = (
  row: WebhookDeliveryRow | undefined,
  event: DeliveryEvent,
  oldestId?: string,
): WebhookDeliveryRow => {
  if (row && event.position <= row.applied_position) return row;
  const before = row ?? beginning(event, oldestId);
  return {
    ...before,
    ...changes(before, event),
    updated_at: event.metadata.occurredAt,
    applied_position: event.position,
  };
};

const beginning = (event: DeliveryEvent, oldestId: string | undefined): WebhookDeliveryRow => ({
  id: deliveryIdOf(event),
  payload_id: oldestId ?? event.data.payloadId,
  coalesced_id: oldestId === undefined ? null : event.data.payloadId,
  board_id: event.data.boardId,
  webhook_id: event.data.webhookId,
  ...{ agent_id: null, gateway_id: null, session_key: null },
  ...{ status: 'requested', reason: null, detail: null, attempts: 0 },
  ...{ sent_at: null, sent_again: false, told_at: null, evidence: null },
  ...{ run_id: null, run_outcome: null, run_code: null, ended_at: null, filter_error: null },
  requested_at: event.metadata.occurredAt,
  updated_at: event.metadata.occurredAt,
  position: event.position,
  applied_position: event.position,
});

const changes = (row: WebhookDeliveryRow, event: DeliveryEvent): Partial<WebhookDeliveryRow> => {
  const at = event.metadata.occurredAt;
  switch (event.type) {
    case 'RedeliveryRequested':
      return { status: 'requested', reason: event.data.reason, agent_id: event.data.agentId };
    case 'DeliveryAttempted':
      return {
        ...{ status: 'attempted', reason: null, detail: null },
        ...targetOf(event.data),
        // An attempt that replaces another one is not counted again.
        attempts: Math.max(1, row.attempts),
        ...{ sent_at: null, run_id: null },
      };
    case 'DeliveryAttemptFailed': {
      const { code, attempt, detail = null } = event.data;
      return { status: 'retrying', reason: code, detail, attempts: attempt };
    }
    case 'MessageSent':
      return { status: 'sent', ...messageOf(row, event.data), sent_at: at };
    case 'MessageConfirmed':
      return {
        status: 'told',
        ...messageOf(row, event.data),
        ...{ told_at: at, evidence: event.data.evidence },
      };
    case 'AgentTold': {
      const { agentId, sessionKey, runId, attempt } = event.data;
      return {
        ...{ status: 'told', reason: null, detail: null, told_at: at, evidence: 'acknowledged' },
        ...{ agent_id: agentId, session_key: sessionKey, run_id: runId, attempts: attempt },
      };
    }
    case 'MessageLost':
      return { status: 'interrupted', reason: event.data.reason };
    case 'AgentRunEnded':
      return afterRun(row, event.data, at);
    case 'DeliveryOutcomeUnknown':
      return { status: 'outcome_unknown', reason: event.data.reason };
    case 'DeliveryParked':
      return { status: 'parked', reason: event.data.reason, detail: event.data.detail ?? null };
    case 'DeliveryFailed':
      return { status: 'failed', reason: event.data.reason, detail: event.data.detail ?? null };
    case 'DeliveryFiltered':
      return { status: 'filtered', reason: event.data.reason };
    case 'DeliveryFilterFailed':
      return { filter_error: filterErrorOf(event.data) };
    default:
      return unchangedBy({}, event);
  }
};

const filterErrorOf = ({ setting, code, detail }: EventData<'DeliveryFilterFailed'>): string =>
  [setting, code, detail].filter((part) => part !== undefined).join(': ');

const targetOf = (data: { agentId: string; gatewayId: string; sessionKey: string }) => ({
  agent_id: data.agentId,
  gateway_id: data.gatewayId,
  session_key: data.sessionKey,
});

/** The fields that an acknowledgement and a confirmation have in common. */
const messageOf = (row: WebhookDeliveryRow, data: EventData<'MessageSent' | 'MessageConfirmed'>) => ({
  ...targetOf(data),
  ...{ reason: null, detail: null, attempts: data.attempt, run_id: data.runId ?? row.run_id },
  sent_again: row.sent_again || data.sentAgain,
});

/** A run whose outcome is unknown leaves the status as it is. */
const afterRun = (
  row: WebhookDeliveryRow,
  { outcome, code, detail, runId }: EventData<'AgentRunEnded'>,
  at: string,
): Partial<WebhookDeliveryRow> => ({
  ...(outcome !== 'unknown' && {
    status: runSucceeded(outcome) ? 'handled' : 'run_failed',
    reason: runSucceeded(outcome) ? null : (code ?? outcome),
  }),
  ...{ run_outcome: outcome, run_code: code, run_id: runId ?? row.run_id, detail, ended_at: at },
});

/** The payload's status while this is its last delivery; undefined: the delivery has not begun. */
export const payloadStatusOf = (
  delivery: WebhookDeliveryRow,
): { status: PayloadStatus; status_reason: string | null } | undefined => {
  const begun = statuses[delivery.status];
  return begun && { status: begun, status_reason: begun === 'delivering' ? null : delivery.reason };
};

const statuses: Readonly<Record<DeliveryStatus, PayloadStatus | undefined>> = {
  requested: undefined,
  attempted: 'delivering',
  retrying: 'delivering',
  sent: 'sent',
  interrupted: 'interrupted',
  told: 'told',
  handled: 'handled',
  run_failed: 'run_failed',
  outcome_unknown: 'outcome_unknown',
  parked: 'parked',
  failed: 'failed',
  filtered: 'filtered',
};
