import { GatewayProtocolRequestError } from '@openclaw/gateway-client/browser';
import { describe, expect, it } from 'vitest';
import { outcomeOfError } from './gateway-error.ts';

const outcome = (error: ConstructorParameters<typeof GatewayProtocolRequestError>[0]) =>
  outcomeOfError(new GatewayProtocolRequestError(error), ['the secret text']);

describe('an error from the OpenClaw gateway', () => {
  it.each([
    ['AUTH_TOKEN_MISMATCH', 'token_refused'],
    ['AUTH_TOKEN_MISSING', 'token_refused'],
    ['AUTH_UNAUTHORIZED', 'token_refused'],
    ['AUTH_SCOPE_MISMATCH', 'scope_missing'],
    ['PAIRING_REQUIRED', 'not_paired'],
    ['DEVICE_AUTH_SIGNATURE_INVALID', 'not_paired'],
    ['UNKNOWN_AGENT_ID', 'session_invalid'],
    ['SESSION_MUTATION_TARGET_REQUIRED', 'session_invalid'],
    ['PROTOCOL_MISMATCH', 'protocol_mismatch'],
    ['SOMETHING_NEW', 'invalid_request'],
  ])('with the detail %s is a rejection with the code %s', (code, ours) => {
    expect(outcome({ code: 'INVALID_REQUEST', message: 'x', details: { code } })).toEqual({
      kind: 'rejected',
      code: ours,
      gatewayCode: `INVALID_REQUEST/${code}`,
      detail: 'x',
      pairingRequestId: null,
    });
  });

  it.each([
    ['NOT_PAIRED', 'not_paired'],
    ['FORBIDDEN', 'forbidden'],
    ['NEVER_HEARD_OF', 'gateway_refused'],
  ])('%s without details is a rejection with the code %s', (code, ours) => {
    expect(outcome({ code, message: 'x' })).toMatchObject({
      kind: 'rejected',
      code: ours,
      gatewayCode: code,
    });
  });

  it('that may be retried is unavailable, with the delay that the gateway asks for', () => {
    expect(outcome({ code: 'UNAVAILABLE', message: 'x', retryable: true, retryAfterMs: 700 })).toEqual({
      kind: 'unavailable',
      code: 'gateway_unavailable',
      detail: 'x',
      retryAfterMs: 700,
      sent: false,
    });
  });

  it('UNAVAILABLE that must not be retried is a doubt: the message may be in the session', () => {
    expect(outcome({ code: 'UNAVAILABLE', message: 'x', retryable: false })).toEqual({
      kind: 'doubt',
      code: 'gateway_failed',
      detail: 'x',
    });
  });

  it('about too many failed logins is temporary', () => {
    const error = { code: 'INVALID_REQUEST', message: 'x', details: { code: 'AUTH_RATE_LIMITED' } };
    expect(outcome(error)).toMatchObject({ kind: 'unavailable', code: 'rate_limited' });
  });

  it.each([
    'malformed session key "agent:main:"',
    'Agent "gone" no longer exists in configuration',
    'Multiple agents are configured, but session key "main" has no explicit owner. Use another one.',
    'invalid chat.send params: at /sessionKey: must not have more than 512 characters',
  ])('%j is about the session', (message) => {
    expect(outcome({ code: 'INVALID_REQUEST', message })).toMatchObject({
      kind: 'rejected',
      code: 'session_invalid',
    });
  });

  it('about a concurrent change of the session is temporary, as is one about its history', () => {
    const changed = { code: 'INVALID_REQUEST', message: 'x', details: { reason: 'session-changed' } };
    expect(outcome(changed)).toMatchObject({ kind: 'unavailable', code: 'session_changed' });
    const sentence =
      'SessionMutationAuthorizationChangedError: session changed before chat.send; retry the request';
    expect(outcome({ code: 'INVALID_REQUEST', message: sentence })).toMatchObject({
      kind: 'unavailable',
      code: 'session_changed',
    });
    const rebuilding = {
      code: 'UNAVAILABLE',
      message: 'x',
      details: { method: 'chat.history' },
      retryable: true,
      retryAfterMs: 250,
    };
    expect(outcome(rebuilding)).toMatchObject({ code: 'history_unavailable', retryAfterMs: 250 });
  });

  it.each([
    ['382b2794-61a8-40c7-b53a-f151fbbccb4b', '382b2794-61a8-40c7-b53a-f151fbbccb4b'],
    ['x; rm -rf ~', null],
    ['--help', null],
  ])('about the pairing request %j has the request id %j, fit for a command line', (requestId, shown) => {
    const error = { code: 'NOT_PAIRED', message: 'x', details: { code: 'PAIRING_REQUIRED', requestId } };
    expect(outcome(error)).toMatchObject({ code: 'not_paired', pairingRequestId: shown });
  });

  it('has its sentence as detail, without what was sent', () => {
    const error = { code: 'INVALID_REQUEST', message: 'bad: the secret text', details: { reason: 'a b' } };
    expect(outcome(error)).toEqual({
      kind: 'rejected',
      code: 'invalid_request',
      gatewayCode: 'INVALID_REQUEST',
      detail: 'bad: …',
      pairingRequestId: null,
    });
  });
});
