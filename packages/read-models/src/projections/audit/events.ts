import { eventTypes, isEvent } from '@mission-control/contracts';
import { type ProjectedEvent, statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { AuditEventRow } from '../../tables/audit.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { rowsStatement } from '../rows-statement.ts';

/**
 * Adds a row for each event. An event of a delivery has no row if none of the payload's arrivals before it has one: they have expired, and
 * its stream may be hidden.
 */
export const addAuditEvents = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<void> => {
  if (events.length === 0) return;
  const arrived = await firstArrivals(tx, events);
  const rows: AuditEventRow[] = [];
  for (const event of events) {
    const row = auditEventRow(event);
    if (isEvent(event, 'WebhookPayloadReceived')) {
      const first = arrived.get(event.data.payloadId);
      if (first === undefined || event.position < first) arrived.set(event.data.payloadId, event.position);
    } else if (isEvent(event, ...eventTypes.delivery)) {
      const first = arrived.get(event.data.payloadId);
      if (first === undefined || first > event.position) continue;
    }
    rows.push(row);
  }
  await insertAuditEvents(tx, rows);
};

const firstArrivals = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<Map<string, bigint>> => {
  const payloadIds = events.flatMap((event) =>
    isEvent(event, ...eventTypes.delivery) ? event.data.payloadId : [],
  );
  if (payloadIds.length === 0) return new Map();
  const rows = await selectFirstArrivals(tx, [[...new Set(payloadIds)]]);
  return new Map(rows.map(({ payload_id, position }) => [payload_id, position]));
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
    stream: event.stream,
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
    `insert into audit_events (${columns}) select ${columns} from ${rows} recorded on conflict do nothing`,
);

const selectFirstArrivals = statement<{ payload_id: string; position: bigint }>(
  'select_first_audit_arrivals',
  `select payload_id, min(position) as position from audit_events
    where payload_id = any($1::uuid[]) and type = 'WebhookPayloadReceived' group by payload_id`,
);
