/**
 * What became of a request to an OpenClaw gateway. Codes are stable and ours; `gatewayCode` is the gateway's own
 * (`INVALID_REQUEST/AUTH_TOKEN_MISMATCH`). No outcome carries text of a message.
 */

/** The message did not reach the gateway, or the gateway asked to try again: sending it again is safe. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly code: UnavailableCode;
  /** Milliseconds: what the gateway asked for, or until this process dials again. */
  readonly retryAfterMs?: number;
  readonly sent: false;
}

export type UnavailableCode =
  /** No address, no route, nobody listening, or the connection broke before the gateway said hello. */
  | 'gateway_unreachable'
  /** Something answered that does not speak WebSocket here. */
  | 'upgrade_rejected'
  | 'connect_timeout'
  | 'gateway_starting'
  /** The gateway said UNAVAILABLE, and that it may be tried again. */
  | 'gateway_unavailable'
  | 'rate_limited'
  | 'connection_lost'
  | 'connection_closed'
  /** Questions only: a message without an answer is a doubt. */
  | 'answer_timeout'
  | 'answer_unreadable';

/** The message left this process and its fate is not known: only the session's history can tell. */
export interface Doubt {
  readonly kind: 'doubt';
  readonly code: DoubtCode;
}

export type DoubtCode =
  | 'answer_timeout'
  | 'connection_lost'
  | 'answer_unreadable'
  /** The gateway failed while it had the message; it may have kept it (a run that failed answers a repeat like this). */
  | 'gateway_failed';

/** It will not work until somebody changes something. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: RefusedCode;
  readonly gatewayCode: string | null;
}

export type RefusedCode =
  | 'token_refused'
  | 'scope_missing'
  | 'not_paired'
  | 'protocol_mismatch'
  /** The idempotency key was used before with another text. */
  | 'chat_request_conflict'
  | 'invalid_request'
  | 'forbidden'
  | 'gateway_refused'
  /** The address is one that must never be connected to. */
  | 'address_denied'
  /** `ws:` would carry the token over a public network in clear. */
  | 'plaintext_denied'
  | 'tls_untrusted';

export const unavailable = (code: UnavailableCode, retryAfterMs?: number): Unavailable => ({
  kind: 'unavailable',
  code,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
  sent: false,
});

export const doubt = (code: DoubtCode): Doubt => ({ kind: 'doubt', code });

export const refused = (code: RefusedCode, gatewayCode: string | null = null): Refused => ({
  kind: 'refused',
  code,
  gatewayCode,
});
