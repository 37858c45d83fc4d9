import { GatewayProtocolRequestError } from '@openclaw/gateway-client/browser';
import { describe, expect, it } from 'vitest';
import { outcomeOfError } from './gateway-error.ts';

const outcome = (error: ConstructorParameters<typeof GatewayProtocolRequestError>[0]) =>
  outcomeOfError(new GatewayProtocolRequestError(error));

describe('an error from the OpenClaw gateway', () => {
  it.each([
    ['AUTH_TOKEN_MISMATCH', 'token_refused'],
    ['AUTH_TOKEN_MISSING', 'token_refused'],
    ['AUTH_UNAUTHORIZED', 'token_refused'],
    ['AUTH_SCOPE_MISMATCH', 'scope_missing'],
    ['PAIRING_REQUIRED', 'not_paired'],
    ['PROTOCOL_MISMATCH', 'protocol_mismatch'],
    ['SOMETHING_NEW', 'invalid_request'],
  ])('with the detail %s is a rejection with the code %s', (code, ours) => {
    expect(outcome({ code: 'INVALID_REQUEST', message: 'x', details: { code } })).toEqual({
      kind: 'rejected',
      code: ours,
      gatewayCode: `INVALID_REQUEST/${code}`,
    });
  });

  it.each([
    ['NOT_PAIRED', 'not_paired'],
    ['FORBIDDEN', 'forbidden'],
    ['NEVER_HEARD_OF', 'gateway_refused'],
  ])('%s without details is a rejection with the code %s', (code, ours) => {
    expect(outcome({ code, message: 'x' })).toEqual({ kind: 'rejected', code: ours, gatewayCode: code });
  });

  it('that may be retried is unavailable, with the delay that the gateway asks for', () => {
    expect(outcome({ code: 'UNAVAILABLE', message: 'x', retryable: true, retryAfterMs: 700 })).toEqual({
      kind: 'unavailable',
      code: 'gateway_unavailable',
      retryAfterMs: 700,
      sent: false,
    });
  });

  it('UNAVAILABLE that must not be retried is a doubt: the message may be in the session', () => {
    expect(outcome({ code: 'UNAVAILABLE', message: 'x', retryable: false })).toEqual({
      kind: 'doubt',
      code: 'gateway_failed',
    });
  });

  it('about too many failed logins is temporary', () => {
    const error = { code: 'INVALID_REQUEST', message: 'x', details: { code: 'AUTH_RATE_LIMITED' } };
    expect(outcome(error)).toMatchObject({ kind: 'unavailable', code: 'rate_limited' });
  });

  it('never contains text that is not a code', () => {
    const error = {
      code: 'INVALID_REQUEST',
      message: 'secret',
      details: { reason: 'the secret text was bad' },
    };
    expect(JSON.stringify(outcome(error))).not.toContain('secret');
  });
});
