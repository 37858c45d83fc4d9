import { generateKeyPairSync } from 'node:crypto';
import { waitFor } from '@mission-control/testing';
import { describe, expect, it } from 'vitest';
import { checkOpenClaw } from '../check.ts';
import { connect, simulate, within } from '../simulated.spec-support.ts';
import { deviceIdentityOf } from './device-identity.ts';

const pem = (type: 'ed25519' | 'x25519') =>
  type === 'ed25519'
    ? generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    : generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

const message = { sessionKey: 'Lead', message: 'hello', idempotencyKey: 'k1' };

describe('a device identity', () => {
  it('gives an installation at another address access once an operator has approved it', async () => {
    const simulator = await simulate({ remote: true });
    const identity = deviceIdentityOf(pem('ed25519'));
    const { connection } = connect({ url: simulator.url, token: simulator.token, identity });
    const outcome = await connection.send(message, within);
    const [requestId = ''] = await simulator.pairingRequests();
    expect(outcome).toEqual({
      kind: 'rejected',
      code: 'not_paired',
      gatewayCode: 'NOT_PAIRED/PAIRING_REQUIRED',
      detail: 'pairing required: device is not approved yet',
      pairingRequestId: requestId,
    });
    expect(connection.state()).toMatchObject({ kind: 'rejected', pairingRequestId: requestId });

    await simulator.approve(requestId);
    await waitFor(() => {
      connection.retryNow();
      return connection.state().kind === 'ready';
    });
    expect(await connection.send(message, within)).toMatchObject({ kind: 'accepted' });
    const check = { url: simulator.url, token: simulator.token, allowInsecureTls: false, identity };
    expect(await checkOpenClaw(check, within)).toMatchObject({ authenticated: true, problem: null });
  });

  it('is required except on loopback: without it, the right token gets no scopes', async () => {
    const { url, token } = await simulate({ remote: true });
    const { connection } = connect({ url, token });
    expect(await connection.send(message, within)).toMatchObject({ kind: 'rejected', code: 'scope_missing' });
  });

  it('does not matter on loopback', async () => {
    const { url, token } = await simulate();
    const { connection } = connect({ url, token, identity: deviceIdentityOf(pem('ed25519')) });
    expect(await connection.send(message, within)).toMatchObject({ kind: 'accepted' });
  });

  it('whose signature is wrong is rejected with the reason', async () => {
    const { url, token } = await simulate({ remote: true });
    const identity = { ...deviceIdentityOf(pem('ed25519')), sign: deviceIdentityOf(pem('ed25519')).sign };
    const { connection } = connect({ url, token, identity });
    expect(await connection.send(message, within)).toMatchObject({
      kind: 'rejected',
      code: 'not_paired',
      gatewayCode: 'INVALID_REQUEST/DEVICE_AUTH_SIGNATURE_INVALID',
      detail: 'device signature invalid',
      pairingRequestId: null,
    });
  });

  it('is the same for the same key, and needs an Ed25519 key', () => {
    const key = pem('ed25519');
    expect(deviceIdentityOf(key)).toMatchObject({
      deviceId: deviceIdentityOf(key).deviceId,
      publicKey: deviceIdentityOf(key).publicKey,
    });
    expect(deviceIdentityOf(key).deviceId).toMatch(/^[0-9a-f]{64}$/);
    expect(() => deviceIdentityOf(pem('x25519'))).toThrow(/Ed25519/);
  });
});
