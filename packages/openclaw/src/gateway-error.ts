import type { GatewayProtocolRequestError } from '@openclaw/gateway-client/browser';
import { GATEWAY_STARTUP_UNAVAILABLE_REASON } from '@openclaw/gateway-protocol/startup-unavailable';
import {
  type Doubt,
  doubt,
  type Rejected,
  type RejectedCode,
  rejected,
  type Unavailable,
  type UnavailableCode,
  unavailable,
} from './outcome.ts';
import { sentenceOf } from './sentence.ts';

/** Keyed by the code or reason in the error's details, else by the error's own code. */
const rejectionCodes: Readonly<Record<string, RejectedCode>> = {
  NOT_PAIRED: 'not_paired',
  PAIRING_REQUIRED: 'not_paired',
  DEVICE_IDENTITY_REQUIRED: 'not_paired',
  MISSING_SCOPE: 'scope_missing',
  AUTH_SCOPE_MISMATCH: 'scope_missing',
  PROTOCOL_MISMATCH: 'protocol_mismatch',
  CLIENT_VERSION_MISMATCH: 'protocol_mismatch',
  SESSION_MUTATION_TARGET_REQUIRED: 'session_invalid',
  UNKNOWN_AGENT_ID: 'session_invalid',
  'chat-request-conflict': 'chat_request_conflict',
  FORBIDDEN: 'forbidden',
  INVALID_REQUEST: 'invalid_request',
};

/** Groups of codes, which the OpenClaw gateway adds to. */
const rejectionGroups: readonly (readonly [RegExp, RejectedCode])[] = [
  [/^DEVICE_AUTH_/, 'not_paired'],
  [/^AUTH_/, 'token_refused'],
];

/**
 * Errors about a session's key have no code of their own (2026.9.6), so their wording decides. It is matched from its beginning, because
 * what was sent is quoted only further on, if at all.
 */
const sessionSentences =
  /^(malformed session key |Agent ".{1,128}" no longer exists in configuration|Multiple agents are configured, but session key |unknown agent id |send blocked by session policy|invalid chat\.\w+ params: at \/sessionKey: )/;

const unavailableReasons: Readonly<Record<string, UnavailableCode>> = {
  AUTH_RATE_LIMITED: 'rate_limited',
  [GATEWAY_STARTUP_UNAVAILABLE_REASON]: 'gateway_starting',
  'gateway-restarting': 'gateway_restarting',
  'gateway-suspending': 'gateway_restarting',
  'session-changed': 'session_changed',
};

/** Seen as INVALID_REQUEST, for the second message of a session that is just being created. */
const changedSentence = /^(\w+: )?session changed before [\w.]+; retry the request/;

/**
 * Translates the OpenClaw gateway's error into an outcome for the caller.
 *
 * @param sent the token and the message, which the error's sentence may quote
 */
export const outcomeOfError = (
  error: GatewayProtocolRequestError,
  sent: readonly string[],
): Unavailable | Doubt | Rejected => {
  const details = detailsOf(error.details);
  const detail = sentenceOf(error.message, sent);
  const { retryAfterMs } = error;
  const unavailableCode = unavailableReasons[details.code ?? ''];
  if (unavailableCode) return unavailable(unavailableCode, { retryAfterMs, detail });
  if (changedSentence.test(error.message)) return unavailable('session_changed', { retryAfterMs, detail });
  if (error.retryable) {
    const code = details.method === 'chat.history' ? 'history_unavailable' : 'gateway_unavailable';
    return unavailable(code, { retryAfterMs, detail });
  }
  if (error.gatewayCode === 'UNAVAILABLE') return doubt('gateway_failed', detail);
  return rejected(rejectedCodeOf(error, details.code), {
    gatewayCode:
      [error.gatewayCode, details.code].filter((part) => part !== undefined && isCode(part)).join('/') ||
      null,
    detail,
    pairingRequestId: details.requestId ?? null,
  });
};

const rejectedCodeOf = (error: GatewayProtocolRequestError, detailCode: string | undefined): RejectedCode => {
  const detailed =
    detailCode === undefined
      ? undefined
      : (rejectionCodes[detailCode] ?? rejectionGroups.find(([group]) => group.test(detailCode))?.[1]);
  if (detailed) return detailed;
  if (error.gatewayCode === 'INVALID_REQUEST' && sessionSentences.test(error.message))
    return 'session_invalid';
  return rejectionCodes[error.gatewayCode] ?? 'gateway_refused';
};

interface Details {
  readonly code?: string | undefined;
  readonly method?: string | undefined;
  readonly requestId?: string | undefined;
}

const detailsOf = (details: unknown): Details => {
  if (typeof details !== 'object' || details === null) return {};
  const { code, reason, method, requestId } = details as Record<string, unknown>;
  return {
    code: textOf(code) ?? textOf(reason),
    method: textOf(method),
    // An operator will copy it into a command line.
    requestId: typeof requestId === 'string' && isCode(requestId) ? requestId : undefined,
  };
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const isCode = (text: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/.test(text);
