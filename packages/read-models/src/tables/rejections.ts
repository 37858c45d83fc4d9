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
  /** Length of the body by `Content-Length`; null: none was given. */
  readonly declared_bytes: bigint | null;
  /** Bytes of the body; null: the body was not read. */
  readonly received_bytes: bigint | null;
  /** Rejections left out since the last recorded one. */
  readonly omitted: bigint;
  readonly request_id: string;
  /** Why the request was not verified; null: rejected for another reason, or recorded before causes were. */
  readonly cause: string | null;
  /** Names of the request headers; null if a header carried a proof. */
  readonly header_names: readonly string[] | null;
  /** Revision in the rejection stream. */
  readonly stream_revision: number;
  readonly position: bigint;
}

/** Written by the projection `rejections` only. */
export interface RejectionTables {
  webhook_rejections: WebhookRejectionRow;
  /** Webhooks that are deleted for good: further events about their requests are skipped. */
  rejections_deleted_webhooks: { readonly webhook_id: string };
}
