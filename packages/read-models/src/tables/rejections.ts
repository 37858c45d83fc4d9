/** A request to a known webhook that was not accepted. */
export interface WebhookRejectionRow {
  readonly event_id: string;
  readonly webhook_id: string;
  readonly board_id: string;
  readonly refused_at: string;
  /** HTTP status and stable code of the answer. */
  readonly status: number;
  readonly code: string;
  readonly source_ip: string;
  /** By `Content-Length`; null: none was given. */
  readonly declared_bytes: bigint | null;
  /** Of the body; null: it was not read. */
  readonly received_bytes: bigint | null;
  /** Refusals left out since the last recorded one. */
  readonly omitted: bigint;
  readonly request_id: string;
  /** Why the request is not proven; null: rejected for something else, or recorded before causes were. */
  readonly cause: string | null;
  /** Names of its headers; null where some header carried a proof. */
  readonly header_names: readonly string[] | null;
  /** Revision in the rejection stream. */
  readonly stream_revision: number;
  readonly position: bigint;
}

/** Written by the projection `rejections` only. */
export interface RejectionTables {
  webhook_rejections: WebhookRejectionRow;
  /** Webhooks that are gone for good: what the log still says of their requests is passed over. */
  rejections_deleted_webhooks: { readonly webhook_id: string };
}
