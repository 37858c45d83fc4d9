import type { Actor } from '@mission-control/contracts';

/** What has a state at any date. A `gateway` is an OpenClaw gateway, as in the API. */
export const auditedKinds = ['board', 'agent', 'gateway', 'webhook'] as const;
export type AuditedKind = (typeof auditedKinds)[number];

/** An event without its content. */
export interface AuditEventRow {
  readonly position: bigint;
  readonly event_id: string;
  /** null: the one with the arrivals of the payload's webhook, or the one of the payload's deliveries. They are many, and follow from the ids. */
  readonly stream: string | null;
  readonly revision: number;
  readonly type: string;
  /** When the log recorded it. In a copy of a log, the events before the end of the copy have `occurred_at` here. */
  readonly recorded_at: string;
  readonly occurred_at: string;
  readonly actor_kind: Actor['kind'];
  /** null: a sender, whose id would be an address. */
  readonly actor_id: string | null;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  /** What the event names. */
  readonly board_id: string | null;
  readonly webhook_id: string | null;
  readonly payload_id: string | null;
  readonly agent_id: string | null;
  readonly gateway_id: string | null;
}

/** From when until when something existed. Rows of what was deleted stay. */
export interface AuditResourceRow {
  readonly kind: AuditedKind;
  readonly id: string;
  /** The board that an agent or a webhook belongs to. */
  readonly board_id: string | null;
  /** Position of its first event; null: it was never created. */
  readonly created_position: bigint | null;
  /** null: it has not been deleted. */
  readonly deleted_position: bigint | null;
}

/** A payload or a memory entry that was removed for good. Those of deleted webhooks have no row. */
export interface AuditRemovalRow {
  readonly id: string;
  /** The webhook of a payload, the board of a memory entry. */
  readonly owner_id: string;
  /** Of the event that removed it. */
  readonly position: bigint;
}

/** Written by the projection `audit` only. */
export interface AuditTables {
  audit_events: AuditEventRow;
  audit_resources: AuditResourceRow;
  audit_removals: AuditRemovalRow;
}
