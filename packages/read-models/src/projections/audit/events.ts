import { streams } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { AuditEventRow } from '../../tables/audit.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { rowsStatement } from '../rows-statement.ts';

/**
 * Adds a row for each event, unless it was applied before. Events come in log order, so the last row says that, which is cheaper than to ask
 * for a conflict at each row.
 */
export const addAuditEvents = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<void> => {
  await insertAuditEvents(tx, events.map(auditEventRow));
};

/** Whether an event is in a stream that is removed with its payload: it is an arrival, or about a delivery. */
export const isOfPayload = ({ stream, data }: ProjectedEvent): boolean => {
  const { webhookId, payloadId } = data as Named;
  if (!webhookId || !payloadId) return false;
  return stream === streams.payloads(webhookId) || stream === streams.delivery(payloadId);
};

/** Ids of what an event names, in the members that all events call the same. */
interface Named {
  readonly boardId?: string;
  readonly webhookId?: string;
  readonly payloadId?: string | null;
  readonly agentId?: string | null;
  readonly leadAgentId?: string | null;
  readonly gatewayId?: string | null;
}

const auditEventRow = (event: ProjectedEvent): AuditEventRow => {
  const named = event.data as Named;
  const { actor, occurredAt, correlationId, causationId } = event.metadata;
  return {
    position: event.position,
    event_id: event.id,
    stream: isOfPayload(event) ? null : event.stream,
    revision: event.revision,
    type: event.type,
    recorded_at: event.recordedAt,
    occurred_at: occurredAt,
    actor_kind: actor.kind,
    actor_id: actor.kind === 'sender' ? null : actor.id,
    correlation_id: correlationId,
    causation_id: causationId,
    board_id: named.boardId ?? null,
    webhook_id: named.webhookId ?? null,
    payload_id: named.payloadId ?? null,
    agent_id: named.agentId ?? named.leadAgentId ?? null,
    gateway_id: named.gatewayId ?? null,
  };
};

const insertAuditEvents = rowsStatement<AuditEventRow>(
  'insert_audit_events',
  {
    ...{ position: 'numeric', event_id: 'uuid', stream: 'text', revision: 'integer', type: 'text' },
    ...{ recorded_at: 'timestamptz', occurred_at: 'timestamptz', actor_kind: 'text', actor_id: 'text' },
    ...{ correlation_id: 'text', causation_id: 'text' },
    ...{
      board_id: 'uuid',
      webhook_id: 'uuid',
      payload_id: 'uuid',
      agent_id: 'uuid',
      gateway_id: 'uuid',
    },
  },
  (columns, rows) =>
    `insert into audit_events (${columns}) select ${columns} from ${rows} recorded
      where position > coalesce((select max(position) from audit_events), -1)`,
);
