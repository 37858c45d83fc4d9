import { isEvent, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore, Position, ReadStreamOptions } from '@mission-control/event-store';
import type { ProjectedEvent } from '@mission-control/projections';
import { agents } from '../projections/configuration/agents.ts';
import { boards } from '../projections/configuration/boards.ts';
import { evolveStatus } from '../projections/configuration/openclaw-gateway-status.ts';
import { openclawGateways } from '../projections/configuration/openclaw-gateways.ts';
import { nextRow } from '../projections/configuration/stream-table.ts';
import { webhooks } from '../projections/configuration/webhooks.ts';
import type { AuditedKind } from '../tables/audit.ts';
import type { AgentRow, BoardRow, BoardWebhookRow, OpenclawGatewayRow } from '../tables/configuration.ts';
import { forgetSnapshots, keepSnapshot, snapshotBefore } from './snapshots.ts';

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
  options: Pick<ReadStreamOptions, 'from' | 'limit'> = {},
): AsyncGenerator<ProjectedEvent, void> {
  for await (const recorded of store.readStream(stream, options)) {
    if (position !== undefined && recorded.position > position) return;
    if (revision !== undefined && recorded.revision > revision) return;
    yield parseEvent(recorded) as ProjectedEvent;
  }
}

/** A resource after some of its events. */
export interface ResourceState {
  readonly row: AuditedRows[AuditedKind] | null;
  /** The event that deleted it. */
  readonly removedBy: ProjectedEvent | null;
}

/** A resource at a point of the log. */
export type ResourceAt<K extends AuditedKind> =
  | { readonly state: 'present'; readonly row: AuditedRows[K] }
  /** It had existed until this event. */
  | { readonly state: 'removed'; readonly by: ProjectedEvent }
  | { readonly state: 'absent' };

/** Folds a resource's stream up to a point. In a long stream it begins at a snapshot. */
export const resourceAt = async <K extends AuditedKind>(
  store: EventStore,
  kind: K,
  id: string,
  upTo: UpTo,
): Promise<ResourceAt<K>> => {
  const { row, removedBy } = await stateAt(store, kind, id, upTo);
  if (row) return { state: 'present', row: row as AuditedRows[K] };
  return removedBy ? { state: 'removed', by: removedBy } : { state: 'absent' };
};

const stateAt = async (
  store: EventStore,
  kind: AuditedKind,
  id: string,
  upTo: UpTo,
): Promise<ResourceState> => {
  const stream = definitions[kind].stream(id);
  const table = definitions[kind].table as unknown as AnyDefinition;
  const snapshot = snapshotBefore(store, stream, upTo);
  const from = snapshot?.last;
  let state: ResourceState = from?.state ?? { row: null, removedBy: null };
  let isThere = from === undefined;
  const range = from ? { from: from.revision, ...(snapshot?.events && { limit: snapshot.events }) } : {};
  for await (const event of eventsUpTo(store, stream, upTo, range)) {
    if (!isThere) {
      if (event.id !== from?.eventId) break;
      isThere = true;
      continue;
    }
    const row = nextRow(table, state.row, event as never);
    state = { row, removedBy: state.row && !row ? event : state.removedBy };
    keepSnapshot(store, stream, {
      state,
      revision: event.revision,
      position: event.position,
      eventId: event.id,
    });
  }
  if (isThere) return state;
  // The log was replaced, or no longer shows the event.
  forgetSnapshots(store, stream);
  return stateAt(store, kind, id, upTo);
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
