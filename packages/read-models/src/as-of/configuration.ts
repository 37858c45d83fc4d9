import { isEvent, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore, Position } from '@mission-control/event-store';
import type { ProjectedEvent } from '@mission-control/projections';
import { agents } from '../projections/configuration/agents.ts';
import { boards } from '../projections/configuration/boards.ts';
import { evolveStatus } from '../projections/configuration/openclaw-gateway-status.ts';
import { openclawGateways } from '../projections/configuration/openclaw-gateways.ts';
import { nextRow } from '../projections/configuration/stream-table.ts';
import { webhooks } from '../projections/configuration/webhooks.ts';
import type { AuditedKind } from '../tables/audit.ts';
import type { AgentRow, BoardRow, BoardWebhookRow, OpenclawGatewayRow } from '../tables/configuration.ts';

/** The rows that live queries return, by kind. A question about the past is answered in the same shape. */
export interface AuditedRows {
  readonly board: BoardRow;
  readonly agent: AgentRow;
  readonly gateway: OpenclawGatewayRow;
  readonly webhook: BoardWebhookRow;
}

/** One event of a resource's stream, with its row before and after it; null: it did not exist. */
export interface ResourceChange<K extends AuditedKind> {
  readonly event: ProjectedEvent;
  readonly before: AuditedRows[K] | null;
  readonly after: AuditedRows[K] | null;
}

/** Where to stop, inclusively. */
export interface UpTo {
  readonly position?: Position | undefined;
  readonly revision?: number | undefined;
}

const definitions = {
  board: { stream: streams.board, table: boards },
  agent: { stream: streams.agent, table: agents },
  gateway: { stream: streams.openclawGateway, table: openclawGateways },
  webhook: { stream: streams.webhook, table: webhooks },
} as const;

/** What the fold needs of a definition, without its row's type. */
type AnyDefinition = Parameters<typeof nextRow<AuditedRows[AuditedKind], never>>[0];

/**
 * Every change of a resource, oldest first: its stream, folded as the projection `configuration` folds it.
 *
 * @param id a UUID
 */
export async function* changesOf<K extends AuditedKind>(
  store: EventStore,
  kind: K,
  id: string,
  upTo: UpTo = {},
): AsyncGenerator<ResourceChange<K>, void> {
  const { stream, table } = definitions[kind];
  let row: AuditedRows[K] | null = null;
  for await (const event of eventsUpTo(store, stream(id), upTo)) {
    const before: AuditedRows[K] | null = row;
    row = nextRow(table as unknown as AnyDefinition, before, event as never) as AuditedRows[K] | null;
    yield { event, before, after: row };
  }
}

/** The parsed events of a stream, oldest first. */
export async function* eventsUpTo(
  store: EventStore,
  stream: string,
  { position, revision }: UpTo,
): AsyncGenerator<ProjectedEvent, void> {
  for await (const recorded of store.readStream(stream)) {
    if (position !== undefined && recorded.position > position) return;
    if (revision !== undefined && recorded.revision > revision) return;
    yield parseEvent(recorded) as ProjectedEvent;
  }
}

/** A resource at a position of the log. */
export type ResourceAt<K extends AuditedKind> =
  | { readonly state: 'present'; readonly row: AuditedRows[K] }
  /** It had existed until this event. */
  | { readonly state: 'removed'; readonly by: ProjectedEvent }
  | { readonly state: 'absent' };

export const resourceAt = async <K extends AuditedKind>(
  store: EventStore,
  kind: K,
  id: string,
  upTo: UpTo,
): Promise<ResourceAt<K>> => {
  let row: AuditedRows[K] | null = null;
  let by: ProjectedEvent | null = null;
  for await (const change of changesOf(store, kind, id, upTo)) {
    row = change.after;
    if (change.before && !change.after) by = change.event;
  }
  if (row) return { state: 'present', row };
  return by ? { state: 'removed', by } : { state: 'absent' };
};

/** The row with what its status stream said by then about whether messages could be sent. */
export const withStatusAt = async (
  store: EventStore,
  row: OpenclawGatewayRow,
  position: Position,
): Promise<OpenclawGatewayRow> => {
  let status = row;
  for await (const event of eventsUpTo(store, streams.openclawGatewayStatus(row.id), { position })) {
    if (isEvent(event, 'OpenclawGatewayAvailable', 'OpenclawGatewayUnavailable'))
      status = {
        ...evolveStatus(status, event, event.metadata.occurredAt),
        delivery_position: event.position,
      };
  }
  return status;
};
