import type { EventData } from '@mission-control/contracts';
import type { ColumnType } from 'kysely';

/** A JSON column that is written as text and read as a value. */
type Json<T> = ColumnType<T, string, string>;

/** What a delivery and its payload have in common once a message was sent or the delivery has ended. */
const sentStatuses = [
  'sent',
  'interrupted',
  'told',
  'handled',
  'run_failed',
  'outcome_unknown',
  'parked',
  'failed',
  'filtered',
] as const;

/** `received`: not yet in the event store. Read models contain only what is stored, so no row has this status. */
export const payloadStatuses = ['received', 'stored', 'delivering', ...sentStatuses] as const;
export type PayloadStatus = (typeof payloadStatuses)[number];

/**
 * A payload: one row, however often it arrives. Everything comes from the first arrival. It changes only if the content is erased: then
 * `payload_encoding` is `erased`, and what else was content is empty. Everything else that changes is in `webhook_payload_states`. The columns `status`, `status_reason`, `delivery_id`, `arrivals` and `differing_arrivals` are left from before
 * that table existed; nothing reads or writes them.
 */
export interface BoardWebhookPayloadRow {
  readonly id: string;
  readonly board_id: string;
  readonly webhook_id: string;
  /**
   * JSON text; for a JSON body, as the sender wrote it. Select it as `payload::text`: parsing would lose digits and duplicate
   * keys.
   */
  readonly payload: Json<unknown>;
  readonly payload_encoding: 'json' | 'form' | 'multipart' | 'text' | 'base64' | 'erased';
  /** `content-type`, `user-agent` and `x-*`; secrets redacted. */
  readonly headers: Json<Record<string, string>>;
  /** All headers; secrets redacted. */
  readonly request_headers: Json<Record<string, string>>;
  /** null: erased. */
  readonly source_ip: string | null;
  readonly content_type: string | null;
  /** What the sender says happened; null: nothing was found. */
  readonly event_type: string | null;
  /** The sender's name; null: it is not a known one. */
  readonly sender: string | null;
  /** The content is encrypted in the event store. */
  readonly encrypted: boolean;
  readonly received_at: string;
  /** SHA-256 of the body as it arrived, hex. */
  readonly sha256: string;
  /** SHA-256 of the body after inflating, hex; the same as `sha256` unless the body arrived compressed. */
  readonly content_sha256: string;
  /** Bytes of the body. */
  readonly size: number;
  readonly signature_verdict: 'verified' | 'unverified';
  readonly signature_scheme: string;
  /** Which of the webhook's two active secrets matched; null: none was used, or it was not recorded then. */
  readonly signature_secret: 'current' | 'previous' | null;
  /** Revision of the webhook's configuration that was in force. */
  readonly webhook_revision: number;
  /** Revision in the payload stream. */
  readonly stream_revision: number;
  readonly position: bigint;
}

/** What changes about a payload: one narrow row for each. */
export interface WebhookPayloadStateRow {
  readonly payload_id: string;
  readonly webhook_id: string;
  /** These two as in the payload's row, for the order of lists. */
  readonly position: bigint;
  readonly received_at: string;
  /** Status of the delivery that began last. */
  readonly status: PayloadStatus;
  readonly status_reason: string | null;
  /** The delivery that began last. */
  readonly delivery_id: string | null;
  readonly arrivals: number;
  /** Arrivals whose body differs from the first arrival's. */
  readonly differing_arrivals: number;
}

export interface WebhookPayloadArrivalRow {
  readonly event_id: string;
  readonly payload_id: string;
  readonly webhook_id: string;
  /** In the payload stream. */
  readonly revision: number;
  readonly received_at: string;
  /** null: erased. */
  readonly source_ip: string | null;
  readonly sha256: string;
  readonly content_sha256: string;
  /** Bytes of the body. */
  readonly size: number;
  /** The content is encrypted in the event store. */
  readonly encrypted: boolean;
  /** An erasure fact names it. */
  readonly erased: boolean;
}

export const deliveryStatuses = ['requested', 'attempted', 'retrying', ...sentStatuses] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface WebhookDeliveryRow {
  /** The id of the event that caused it. */
  readonly id: string;
  /** The payload that is told; the oldest one of several. */
  readonly payload_id: string;
  /** The event `PayloadsCoalesced` that names the payloads which are told together; null: one payload is told. */
  readonly coalesced_id: string | null;
  readonly board_id: string;
  readonly webhook_id: string;
  /** null: not decided yet, or no agent. */
  readonly agent_id: string | null;
  /** null: no attempt has begun, or an older release told the agent. */
  readonly gateway_id: string | null;
  readonly session_key: string | null;
  readonly status: DeliveryStatus;
  readonly reason: string | null;
  /** The OpenClaw gateway's own sentence about the last error. */
  readonly detail: string | null;
  /** Attempts begun so far. */
  readonly attempts: number;
  /** When the OpenClaw gateway acknowledged the last message; null: it did not, or that was recorded together with `told_at`. */
  readonly sent_at: string | null;
  /** The OpenClaw gateway had lost an earlier message. */
  readonly sent_again: boolean;
  readonly told_at: string | null;
  /** How it is known that the session has the message. `acknowledged`: recorded by an older release, which asked for no more. */
  readonly evidence: 'history' | 'receipt' | 'acknowledged' | null;
  readonly run_id: string | null;
  /** null: not known yet. `unknown`: it could not be determined. */
  readonly run_outcome: EventData<'AgentRunEnded'>['outcome'] | null;
  readonly run_code: string | null;
  /** When the end of the run was recorded. */
  readonly ended_at: string | null;
  /** Why `notify_when` had no result, so that the agent is told; null: it had one, or there is none. */
  readonly filter_error: string | null;
  readonly requested_at: string;
  readonly updated_at: string;
  /** Position of the first event about it. */
  readonly position: bigint;
  /** Position of the newest applied event. */
  readonly applied_position: bigint;
}

/** A payload that is told together with others. */
export interface WebhookCoalescedPayloadRow {
  /** The event `PayloadsCoalesced`. */
  readonly coalesced_id: string;
  readonly payload_id: string;
  readonly webhook_id: string;
  /** Of the event, in its stream. */
  readonly revision: number;
  /** From 0, in the order of arrival. */
  readonly item: number;
}

interface WebhookPayloadCountRow {
  readonly webhook_id: string;
  readonly status: PayloadStatus;
  readonly payloads: bigint;
}

/** Written by the projection `payloads` only. */
export interface PayloadTables {
  board_webhook_payloads: BoardWebhookPayloadRow;
  webhook_payload_states: WebhookPayloadStateRow;
  webhook_payload_arrivals: WebhookPayloadArrivalRow;
  webhook_deliveries: WebhookDeliveryRow;
  webhook_coalesced_payloads: WebhookCoalescedPayloadRow;
  webhook_payload_counts: WebhookPayloadCountRow;
  /** Where the event type is read, from this revision of a webhook's configuration on. */
  payloads_webhook_settings: {
    readonly webhook_id: string;
    readonly revision: number;
    readonly event_type: string;
  };
  /** Webhooks that are deleted for good: further events about their payloads are skipped. */
  payloads_deleted_webhooks: { readonly webhook_id: string };
  /**
   * Payloads that were removed for good: a later arrival makes no row. Of the expired ones only those whose sender named them, because the
   * others do not arrive again.
   */
  payloads_removed_payloads: {
    readonly webhook_id: string;
    readonly payload_id: string;
    /** An admin deleted it; otherwise it expired. */
    readonly deleted: boolean;
  };
}
