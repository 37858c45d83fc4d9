import { X509Certificate } from 'node:crypto';
import { selfSigned } from '@mission-control/testing';
import { describe, expect, it } from 'vitest';
import { connect, simulate, within } from '../simulated.spec-support.ts';

const message = { sessionKey: 'Lead', message: 'hello', idempotencyKey: 'k1' };
const fingerprint = new X509Certificate(selfSigned.cert).fingerprint256;

const sent = async (options: Parameters<typeof connect>[0]) =>
  connect(options).connection.send(message, within);

describe('an OpenClaw gateway with TLS', () => {
  it('and a self-signed certificate is accepted only if configured to', async () => {
    const { url, token } = await simulate({ tls: selfSigned });
    expect(await sent({ url, token })).toMatchObject({ kind: 'rejected', code: 'tls_untrusted' });
    expect(await sent({ url, token, allowInsecureTls: true })).toMatchObject({ kind: 'accepted' });
  });

  it.each([
    ['with colons', fingerprint],
    ['in lower case without colons', fingerprint.replaceAll(':', '').toLowerCase()],
  ])('is accepted with its pinned fingerprint, written %s', async (_, tlsFingerprint) => {
    const { url, token } = await simulate({ tls: selfSigned });
    expect(await sent({ url, token, tlsFingerprint })).toMatchObject({ kind: 'accepted' });
  });

  it.each([false, true])(
    'and another certificate than the pinned one gets nothing (allowInsecureTls: %s)',
    async (allowInsecureTls) => {
      const { url, token, sessions } = await simulate({ tls: selfSigned });
      const tlsFingerprint = 'ab'.repeat(32);
      const presented = fingerprint.replaceAll(':', '').toLowerCase();
      expect(await sent({ url, token, tlsFingerprint, allowInsecureTls })).toMatchObject({
        kind: 'rejected',
        code: 'tls_fingerprint_mismatch',
        detail: `The server's certificate has the fingerprint ${presented}.`,
      });
      expect(sessions()).toEqual({});
    },
  );

  it('says so if the URL begins with ws:', async () => {
    const { url, token } = await simulate({ tls: selfSigned });
    expect(await sent({ url: url.replace('wss:', 'ws:'), token })).toMatchObject({
      kind: 'rejected',
      code: 'tls_required',
      detail: expect.stringMatching(/must begin with wss:/),
    });
  });
});

describe('an OpenClaw gateway without TLS', () => {
  it('says so if the URL begins with wss:', async () => {
    const { url, token } = await simulate();
    expect(await sent({ url: url.replace('ws:', 'wss:'), token })).toMatchObject({
      kind: 'rejected',
      code: 'tls_not_spoken',
      detail: expect.stringMatching(/must begin with ws:/),
    });
  });

  it('that resets connections is unreachable, and is not mistaken for one with TLS', async () => {
    const simulator = await simulate();
    await simulator.fail({ mode: 'reset_connections' });
    expect(await sent({ url: simulator.url, token: simulator.token })).toMatchObject({
      kind: 'unavailable',
      code: 'gateway_unreachable',
    });
  });

  it('cannot have a pinned fingerprint, which must be a SHA-256', async () => {
    const { url } = await simulate();
    expect(() => connect({ url, tlsFingerprint: fingerprint })).toThrow(/needs a wss: URL/);
    expect(() => connect({ url: 'wss://localhost', tlsFingerprint: 'abc' })).toThrow(/64 hex digits/);
  });
});
