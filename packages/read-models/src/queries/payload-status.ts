import type { OpenclawGatewayRow } from '../tables/configuration.ts';
import type {
  BoardWebhookPayloadRow,
  WebhookDeliveryRow,
  WebhookPayloadStateRow,
} from '../tables/payloads.ts';
import { waitingStatuses } from './waiting.ts';

/** What determines how a payload's status is shown: its own row, its last delivery, and its board's OpenClaw gateway. */
export interface StatusParts
  extends Pick<BoardWebhookPayloadRow, 'received_at'>,
    Pick<WebhookPayloadStateRow, 'status' | 'status_reason'>,
    Partial<Nullable<Pick<WebhookDeliveryRow, 'detail' | 'told_at' | 'updated_at'>>>,
    Nullable<
      Pick<
        OpenclawGatewayRow,
        'delivery_state' | 'delivery_since' | 'delivery_code' | 'delivery_detail' | 'pairing_request_id'
      >
    > {}

type Nullable<T> = { readonly [K in keyof T]: T[K] | null };

export interface ShownStatus extends Pick<WebhookPayloadStateRow, 'status' | 'status_reason'> {
  /** The OpenClaw gateway's own sentence, or what its operator has to do. */
  readonly status_detail: string | null;
  readonly status_since: string;
}

/**
 * A payload that waits for an unavailable OpenClaw gateway says so, even if it has not been attempted yet. This follows from the
 * row of the OpenClaw gateway, so an outage costs one event and not one per payload.
 */
export const shownStatus = (parts: StatusParts): ShownStatus => {
  const waits = isUnavailable(parts.delivery_state) && waiting.has(parts.status);
  const status = waits && parts.status === 'stored' ? 'delivering' : parts.status;
  const reason = waits ? reasonOf(parts) : parts.status_reason;
  return {
    status,
    status_reason: reason,
    status_detail: toPair(reason, parts) ?? (waits ? parts.delivery_detail : (parts.detail ?? null)),
    status_since: (waits ? parts.delivery_since : sinceOf(parts)) ?? parts.received_at,
  };
};

const waiting: ReadonlySet<string> = new Set(waitingStatuses);

export const isUnavailable = (state: OpenclawGatewayRow['delivery_state'] | null): boolean =>
  state === 'away' || state === 'rejected';

const reasonOf = ({ delivery_state, delivery_code }: StatusParts): string | null =>
  delivery_state === 'away' ? 'gateway_unavailable' : delivery_code;

const sinceOf = ({ status, told_at, updated_at }: StatusParts): string | null | undefined =>
  status === 'told' ? told_at : updated_at;

const toPair = (reason: string | null, { pairing_request_id }: StatusParts): string | null =>
  reason === 'not_paired' && pairing_request_id !== null
    ? `Run on the host of the OpenClaw gateway: ${pairingCommand(pairing_request_id)}`
    : null;

/** The command with which the operator of an OpenClaw gateway approves us. */
export const pairingCommand = (requestId: string): string => `openclaw devices approve ${requestId}`;
