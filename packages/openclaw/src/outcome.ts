/**
 * The outcomes of a request to an OpenClaw gateway. `code` is our own and stable; `gatewayCode` is the OpenClaw gateway's
 * (`INVALID_REQUEST/AUTH_TOKEN_MISMATCH`). `detail` is the OpenClaw gateway's own sentence, escaped, at most 200 characters. No outcome
 * contains text of a message, or the token.
 */

/** The message did not reach the gateway, or the gateway asked for a retry. Sending it again is safe. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly code: UnavailableCode;
  readonly detail: string | null;
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
  | 'gateway_restarting'
  /** The gateway answered UNAVAILABLE, retryable. */
  | 'gateway_unavailable'
  /** For queries only: the session's history cannot be read now. Says nothing about the gateway. */
  | 'history_unavailable'
  /** The session changed while the message was being processed, and the message was not accepted. Says nothing about the gateway. */
  | 'session_changed'
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
  readonly detail: string | null;
}

export type DoubtCode =
  | 'answer_timeout'
  | 'connection_lost'
  | 'answer_unreadable'
  /**
   * The gateway failed while it had the message, and may have kept it. A repeat is answered like this if its run had failed, or if its input
   * was interrupted.
   */
  | 'gateway_failed';

/** Retrying does not help until something has been changed. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly code: RejectedCode;
  readonly gatewayCode: string | null;
  readonly detail: string | null;
  /** With `not_paired`, if the gateway named one. Fit for a command line. */
  readonly pairingRequestId: string | null;
}

/** What has to change: something about the OpenClaw gateway or our access to it, the session's key, or the message. */
const rejections = {
  token_refused: 'gateway',
  scope_missing: 'gateway',
  /** The gateway does not know this installation's device, or does not accept its signature. */
  not_paired: 'gateway',
  protocol_mismatch: 'gateway',
  forbidden: 'gateway',
  /** Connections to this address are not allowed. */
  address_denied: 'gateway',
  /** `ws:` would send the token over a public network in cleartext. */
  plaintext_denied: 'gateway',
  tls_untrusted: 'gateway',
  /** Its certificate is not the one whose fingerprint is pinned. */
  tls_fingerprint_mismatch: 'gateway',
  /** `ws:` to a port that speaks TLS. */
  tls_required: 'gateway',
  /** `wss:` to a port that does not speak TLS. */
  tls_not_spoken: 'gateway',
  /** No agent has a session with this key: it is malformed, names an unknown agent, or names none although there are several. */
  session_invalid: 'session',
  /** The idempotency key was already used with another text. */
  chat_request_conflict: 'message',
  invalid_request: 'message',
  gateway_refused: 'message',
} as const satisfies Record<string, 'gateway' | 'session' | 'message'>;

export type RejectedCode = keyof typeof rejections;

export const concernOf = (code: RejectedCode): 'gateway' | 'session' | 'message' => rejections[code];

export const unavailable = (
  code: UnavailableCode,
  { retryAfterMs, detail = null }: { retryAfterMs?: number | undefined; detail?: string | null } = {},
): Unavailable => ({
  kind: 'unavailable',
  code,
  detail,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
  sent: false,
});

export const doubt = (code: DoubtCode, detail: string | null = null): Doubt => ({
  kind: 'doubt',
  code,
  detail,
});

export const rejected = (
  code: RejectedCode,
  about: Partial<Pick<Rejected, 'gatewayCode' | 'detail' | 'pairingRequestId'>> = {},
): Rejected => ({
  kind: 'rejected',
  code,
  gatewayCode: null,
  detail: null,
  pairingRequestId: null,
  ...about,
});
