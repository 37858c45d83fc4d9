import type { WebhookSettingsIn } from '@mission-control/contracts';

/**
 * Times are ISO-8601 UTC strings. `revision` is the revision of the newest applied event of the row's own stream; `position` is
 * the position of the stream's first event.
 */
export interface BoardRow {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly description: string;
  readonly gateway_id: string | null;
  readonly lead_agent_id: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly revision: number;
  readonly position: bigint;
}

export interface AgentRow {
  readonly id: string;
  readonly board_id: string;
  readonly name: string;
  readonly openclaw_session_id: string | null;
  /** SHA-256 of the agent's token, hex. */
  readonly token_hash: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly revision: number;
  readonly position: bigint;
}

export interface OpenclawGatewayRow {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly has_token: boolean;
  readonly allow_insecure_tls: boolean;
  /** SHA-256 of the pinned certificate, hex. */
  readonly tls_fingerprint: string | null;
  /** Whether messages can be sent to it. `unknown`: nothing has been sent since this was first recorded. */
  readonly delivery_state: 'unknown' | 'available' | 'away' | 'rejected';
  readonly delivery_since: string | null;
  /** Why messages cannot be sent. */
  readonly delivery_code: string | null;
  readonly delivery_detail: string | null;
  /** The request that the operator of the OpenClaw gateway has to approve. */
  readonly pairing_request_id: string | null;
  /** Position of the newest applied event about it. */
  readonly delivery_position: bigint | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly revision: number;
  readonly position: bigint;
}

type WebhookSettingColumns = WebhookSettingsIn['column'];

export interface BoardWebhookRow extends WebhookSettingColumns {
  readonly id: string;
  readonly board_id: string;
  readonly has_secret: boolean;
  /** When the secret before the last rotation stops being valid; null: there is none. */
  readonly previous_secret_valid_until: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly revision: number;
  readonly position: bigint;
}

/** Written by the projection `configuration` only. */
export interface ConfigurationTables {
  boards: BoardRow;
  agents: AgentRow;
  openclaw_gateways: OpenclawGatewayRow;
  board_webhooks: BoardWebhookRow;
}
