import { isEvent } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { AuditedKind, AuditResourceRow } from '../../tables/audit.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { rowsStatement } from '../rows-statement.ts';

/** Ids of what a batch deletes whose streams are tombstoned. */
export interface Deleted {
  readonly webhooks: readonly string[];
  readonly gateways: readonly string[];
}

/** Records what was created and deleted. */
export const projectResources = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<Deleted> => {
  const rows = new Map<string, AuditResourceRow>();
  for (const event of events) {
    const row = resourceOf(event);
    if (!row) continue;
    const key = `${row.kind} ${row.id}`;
    const known = rows.get(key);
    rows.set(key, known ? merged(known, row) : row);
  }
  await saveResources(tx, [...rows.values()]);
  const deleted = (wanted: AuditedKind): string[] =>
    [...rows.values()].flatMap(({ kind, id, deleted_position }) =>
      kind === wanted && deleted_position !== null ? [id] : [],
    );
  return { webhooks: deleted('webhook'), gateways: deleted('gateway') };
};

const resourceOf = (event: ProjectedEvent): AuditResourceRow | undefined => {
  const created = { created_position: event.position, deleted_position: null };
  const deleted = { created_position: null, deleted_position: event.position };
  if (isEvent(event, 'BoardCreated', 'BoardDeleted')) {
    const when = event.type === 'BoardCreated' ? created : deleted;
    return { kind: 'board', id: event.data.boardId, board_id: null, ...when };
  }
  if (isEvent(event, 'AgentCreated', 'AgentDeleted')) {
    const when = event.type === 'AgentCreated' ? created : deleted;
    return { kind: 'agent', id: event.data.agentId, board_id: event.data.boardId, ...when };
  }
  if (isEvent(event, 'OpenclawGatewayCreated', 'OpenclawGatewayDeleted')) {
    const when = event.type === 'OpenclawGatewayCreated' ? created : deleted;
    return { kind: 'gateway', id: event.data.gatewayId, board_id: null, ...when };
  }
  if (isEvent(event, 'WebhookCreated', 'WebhookDeleted')) {
    const when = event.type === 'WebhookCreated' ? created : deleted;
    return { kind: 'webhook', id: event.data.webhookId, board_id: event.data.boardId, ...when };
  }
  return undefined;
};

/** What was created or deleted first counts. */
const merged = (one: AuditResourceRow, other: AuditResourceRow): AuditResourceRow => ({
  ...one,
  created_position: earlier(one.created_position, other.created_position),
  deleted_position: earlier(one.deleted_position, other.deleted_position),
});

const earlier = (one: bigint | null, other: bigint | null): bigint | null =>
  one === null ? other : other === null || one < other ? one : other;

const saveResources = rowsStatement<AuditResourceRow>(
  'save_audit_resources',
  {
    ...{ kind: 'text', id: 'uuid', board_id: 'uuid' },
    ...{ created_position: 'numeric', deleted_position: 'numeric' },
  },
  (columns, rows) => `
    insert into audit_resources as known (${columns}) select ${columns} from ${rows} found
    on conflict (kind, id) do update set
      created_position = least(known.created_position, excluded.created_position),
      deleted_position = least(known.deleted_position, excluded.deleted_position)`,
);
