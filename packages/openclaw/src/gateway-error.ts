import type { GatewayProtocolRequestError } from '@openclaw/gateway-client/browser';
import { GATEWAY_STARTUP_UNAVAILABLE_REASON } from '@openclaw/gateway-protocol/startup-unavailable';
import {
  type Doubt,
  doubt,
  type Rejected,
  type RejectedCode,
  rejected,
  type Unavailable,
  unavailable,
} from './outcome.ts';

/** Errors are distinguished by these codes only, because the OpenClaw gateway's messages may quote what was sent. */
const rejectionCodes: Readonly<Record<string, RejectedCode>> = {
  NOT_PAIRED: 'not_paired',
  PAIRING_REQUIRED: 'not_paired',
  DEVICE_IDENTITY_REQUIRED: 'not_paired',
  MISSING_SCOPE: 'scope_missing',
  AUTH_SCOPE_MISMATCH: 'scope_missing',
  PROTOCOL_MISMATCH: 'protocol_mismatch',
  CLIENT_VERSION_MISMATCH: 'protocol_mismatch',
  'chat-request-conflict': 'chat_request_conflict',
  FORBIDDEN: 'forbidden',
  INVALID_REQUEST: 'invalid_request',
};

/** Translates the OpenClaw gateway's error into an outcome for the caller. */
export const outcomeOfError = (error: GatewayProtocolRequestError): Unavailable | Doubt | Rejected => {
  const detail = detailOf(error.details);
  if (detail === 'AUTH_RATE_LIMITED') return unavailable('rate_limited', error.retryAfterMs);
  if (detail === GATEWAY_STARTUP_UNAVAILABLE_REASON)
    return unavailable('gateway_starting', error.retryAfterMs);
  if (error.retryable) return unavailable('gateway_unavailable', error.retryAfterMs);
  if (error.gatewayCode === 'UNAVAILABLE') return doubt('gateway_failed');
  const code = detail?.startsWith('AUTH_') && !rejectionCodes[detail] ? 'token_refused' : undefined;
  return rejected(
    code ?? rejectionCodes[detail ?? ''] ?? rejectionCodes[error.gatewayCode] ?? 'gateway_refused',
    [error.gatewayCode, detail].filter((part) => part !== undefined && isCode(part)).join('/') || null,
  );
};

const detailOf = (details: unknown): string | undefined => {
  if (typeof details !== 'object' || details === null) return undefined;
  const { code, reason } = details as { code?: unknown; reason?: unknown };
  if (typeof code === 'string') return code;
  return typeof reason === 'string' ? reason : undefined;
};

const isCode = (text: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(text);
