import type { OpenclawGatewayError } from './protocol.ts';

/** The errors of an OpenClaw gateway, with the wording of 2026.9.6. */
export const errors = {
  tokenMismatch: {
    code: 'INVALID_REQUEST',
    message: 'unauthorized: gateway token mismatch (provide gateway auth token)',
    details: { code: 'AUTH_TOKEN_MISMATCH', authReason: 'token_mismatch', canRetryWithDeviceToken: false },
    retryable: false,
  },
  notPaired: {
    code: 'NOT_PAIRED',
    message: 'device identity required',
    details: { code: 'DEVICE_IDENTITY_REQUIRED' },
    retryable: false,
  },
  protocolMismatch: {
    code: 'INVALID_REQUEST',
    message: 'protocol mismatch',
    details: { code: 'PROTOCOL_MISMATCH', expectedProtocol: 5 },
    retryable: false,
  },
  requestConflict: {
    code: 'INVALID_REQUEST',
    message: 'This message ID was already used for different input.',
    details: { reason: 'chat-request-conflict' },
    retryable: false,
  },
  ownershipEnded: {
    code: 'UNAVAILABLE',
    message: 'Error: Pending input ownership ended; submit a new turn to continue',
    retryable: false,
  },
  runFailed: { code: 'UNAVAILABLE', message: 'Agent failed before reply', retryable: false },
  unknownAgent: {
    code: 'INVALID_REQUEST',
    message: 'Agent "gone" no longer exists in configuration',
    retryable: false,
  },
  starting: (retryAfterMs: number) => ({
    code: 'UNAVAILABLE',
    message: 'gateway starting; retry shortly',
    details: { reason: 'startup-sidecars' },
    retryable: true,
    retryAfterMs,
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
    retryable: false,
  }),
  labelTaken: (label: string) => ({
    code: 'INVALID_REQUEST',
    message: `label already in use: ${label}`,
    retryable: false,
  }),
  invalid: (what: string) => ({ code: 'INVALID_REQUEST', message: what, retryable: false }),
} as const satisfies Record<string, OpenclawGatewayError | ((...args: never[]) => OpenclawGatewayError)>;
