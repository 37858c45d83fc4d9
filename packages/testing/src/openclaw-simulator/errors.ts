import {
  buildPairingConnectErrorDetails,
  buildPairingConnectErrorMessage,
  resolveDeviceAuthConnectErrorDetailCode,
} from '@openclaw/gateway-protocol/connect-error-details';
import type { OpenclawGatewayError } from './protocol.ts';

/** The errors of an OpenClaw gateway, with the wording of 2026.9.6. */
export const errors = {
  tokenMismatch: (canRetryWithDeviceToken: boolean) => ({
    code: 'INVALID_REQUEST',
    message: 'unauthorized: gateway token mismatch (provide gateway auth token)',
    details: {
      code: 'AUTH_TOKEN_MISMATCH',
      authReason: 'token_mismatch',
      canRetryWithDeviceToken,
      recommendedNextStep: canRetryWithDeviceToken ? 'retry_with_device_token' : 'update_auth_credentials',
    },
  }),
  rateLimited: {
    code: 'INVALID_REQUEST',
    message: 'unauthorized: too many failed authentication attempts (retry later)',
    details: { code: 'AUTH_RATE_LIMITED', authReason: 'rate_limited' },
    retryable: true,
    retryAfterMs: 300_000,
  },
  notPaired: {
    code: 'NOT_PAIRED',
    message: 'device identity required',
    details: { code: 'DEVICE_IDENTITY_REQUIRED' },
  },
  protocolMismatch: {
    code: 'INVALID_REQUEST',
    message: 'protocol mismatch',
    details: { code: 'PROTOCOL_MISMATCH', expectedProtocol: 4, minimumProbeProtocol: 3 },
  },
  requestConflict: {
    code: 'INVALID_REQUEST',
    message:
      'This message ID was already used for different input. Check the conversation history and use a new message ID to send again.',
    details: { reason: 'chat-request-conflict' },
  },
  ownershipEnded: {
    code: 'UNAVAILABLE',
    message: 'Error: Pending input ownership ended; submit a new turn to continue',
  },
  historyRebuilding: {
    code: 'UNAVAILABLE',
    message: 'session history is rebuilding; retry shortly',
    details: { method: 'chat.history' },
    retryable: true,
    retryAfterMs: 250,
  },
  runFailed: (message: string) => ({ code: 'UNAVAILABLE', message }),
  malformedKey: (key: string) => ({ code: 'INVALID_REQUEST', message: `malformed session key "${key}"` }),
  unknownAgent: (agent: string) => ({
    code: 'INVALID_REQUEST',
    message: `Agent "${agent}" no longer exists in configuration`,
  }),
  noOwner: (key: string) => ({
    code: 'INVALID_REQUEST',
    message: `Multiple agents are configured, but session key "${key}" has no explicit owner. Use an agent-prefixed session key or select an agent explicitly.`,
  }),
  noTarget: (method: string) => ({
    code: 'INVALID_REQUEST',
    message: 'session mutation target is unavailable',
    details: { code: 'SESSION_MUTATION_TARGET_REQUIRED', method },
  }),
  sessionChanged: (key: string, before: 'send' | 'patch') => ({
    code: 'INVALID_REQUEST',
    message: `Session ${key} changed before ${before}. Retry.`,
    details: { reason: 'session-changed' },
  }),
  starting: (retryAfterMs: number) => ({
    code: 'UNAVAILABLE',
    message: 'gateway starting; retry shortly',
    details: { reason: 'startup-sidecars' },
    retryable: true,
    retryAfterMs,
  }),
  draining: (method: string) => ({
    code: 'UNAVAILABLE',
    message: `${method} unavailable during gateway restart`,
    details: { method, reason: 'gateway-restarting', phase: 'accepting' },
    retryable: true,
    retryAfterMs: 1_000,
  }),
  unavailable: (retryAfterMs: number | undefined) => ({
    code: 'UNAVAILABLE',
    message: 'gateway draining for restart',
    retryable: true,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }),
  missingScope: (scope: string) => ({
    code: 'FORBIDDEN',
    message: `missing scope: ${scope}`,
    details: { code: 'MISSING_SCOPE', missingScope: scope, requiredScopes: [scope] },
  }),
  labelTaken: (label: string) => ({ code: 'INVALID_REQUEST', message: `label already in use: ${label}` }),
  deviceInvalid: (reason: string, message: string) => ({
    code: 'INVALID_REQUEST',
    message,
    details: { code: resolveDeviceAuthConnectErrorDetailCode(reason), reason },
  }),
  pairingRequired: (request: Parameters<typeof buildPairingConnectErrorDetails>[0]) => ({
    code: 'NOT_PAIRED',
    message: buildPairingConnectErrorMessage(request.reason),
    details: buildPairingConnectErrorDetails(request),
  }),
  invalid: (what: string) => ({ code: 'INVALID_REQUEST', message: what }),
} as const satisfies Record<string, OpenclawGatewayError | ((...args: never[]) => OpenclawGatewayError)>;
