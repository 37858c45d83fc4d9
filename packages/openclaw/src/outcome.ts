/**
 * The outcomes of a request to an OpenClaw gateway. `code` is our own and stable; `gatewayCode` is the OpenClaw gateway's
 * (`INVALID_REQUEST/AUTH_TOKEN_MISMATCH`). No outcome contains text of a message.
 */

/** The message did not reach the gateway, or the gateway asked for a retry. Sending it again is safe. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly code: UnavailableCode;
  /** Milliseconds: the delay that the gateway asked for, or the time until this process dials again. */
  readonly retryAfterMs?: number;
  readonly sent: false;
}

export type UnavailableCode =
  /** No address, no route, no listening server, or the connection broke before the gateway's hello. */
  | 'gateway_unreachable'
  /** A server answered that does not offer a WebSocket at this URL. */
  | 'upgrade_rejected'
  | 'connect_timeout'
  | 'gateway_starting'
  /** The gateway answered UNAVAILABLE, retryable. */
  | 'gateway_unavailable'
  | 'rate_limited'
  | 'connection_lost'
  | 'connection_closed'
  /** For queries only: a message without an answer is a doubt. */
  | 'answer_timeout'
  | 'answer_unreadable';

/** The message was sent, but it is unknown whether it arrived. Only the session's history can tell. */
export interface Doubt {
  readonly kind: 'doubt';
  readonly code: DoubtCode;
}

export type DoubtCode =
  | 'answer_timeout'
  | 'connection_lost'
  | 'answer_unreadable'
  /** The gateway failed while it had the message, and may have kept it. A repeat is answered like this if its run had failed. */
  | 'gateway_failed';

/** Trying again does not help until something is changed. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly code: RejectedCode;
  readonly gatewayCode: string | null;
}

export type RejectedCode =
  | 'token_refused'
  | 'scope_missing'
  | 'not_paired'
  | 'protocol_mismatch'
  /** The idempotency key was already used with another text. */
  | 'chat_request_conflict'
  | 'invalid_request'
  | 'forbidden'
  | 'gateway_refused'
  /** Connections to this address are not allowed. */
  | 'address_denied'
  /** `ws:` would send the token over a public network in cleartext. */
  | 'plaintext_denied'
  | 'tls_untrusted';

export const unavailable = (code: UnavailableCode, retryAfterMs?: number): Unavailable => ({
  kind: 'unavailable',
  code,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
  sent: false,
});

export const doubt = (code: DoubtCode): Doubt => ({ kind: 'doubt', code });

export const rejected = (code: RejectedCode, gatewayCode: string | null = null): Rejected => ({
  kind: 'rejected',
  code,
  gatewayCode,
});
