import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { GatewayClientOptions } from '@openclaw/gateway-client';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { connect, start, talkTo } from './client.spec-support.ts';

const rawKey = (pem: string): Buffer => {
  const { x = '' } = createPublicKey(pem).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
};

/** Options that let the official client prove a device, and remember its token. */
const device = (
  change: (payload: string) => string = (payload) => payload,
): Partial<GatewayClientOptions> => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const publicKeyPem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  return {
    deviceIdentity: {
      deviceId: createHash('sha256').update(rawKey(publicKeyPem)).digest('hex'),
      publicKeyPem,
      privateKeyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    },
    hostDeps: {
      signDevicePayload: (pem, payload) =>
        sign(null, Buffer.from(change(payload)), pem).toString('base64url'),
      publicKeyRawBase64UrlFromPem: (pem) => rawKey(pem).toString('base64url'),
    },
  };
};

/** The official client refuses plain ws to other hosts, but not to loopback. */
const remote = () => start({ remote: true });

describe('a connection from another machine, as seen on a real OpenClaw gateway', () => {
  it('gets no scopes with the token alone', async () => {
    const connection = await connect(await remote());
    expect(connection.hello.auth.scopes).toEqual([]);
    await expect(talkTo(connection).send('k1')).rejects.toMatchObject({ details: { code: 'MISSING_SCOPE' } });
  });

  it('is one that a proxy says is forwarded', async () => {
    const { url, token } = await start();
    const socket = new WebSocket(url, { headers: { 'x-forwarded-for': '203.0.113.9' } });
    const params = {
      minProtocol: 4,
      maxProtocol: 4,
      client: { id: 'gateway-client', version: '1', platform: 'linux', mode: 'backend' },
    };
    const hello = await new Promise<{ payload: { auth: unknown } }>((resolve, reject) => {
      socket.once('error', reject);
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data)) as { type: string; payload: { auth: unknown } };
        const auth = { token };
        const scopes = ['operator.read'];
        if (frame.type === 'res') resolve(frame);
        else
          socket.send(
            JSON.stringify({ type: 'req', id: '1', method: 'connect', params: { ...params, auth, scopes } }),
          );
      });
    });
    socket.close();
    expect(hello.payload.auth).toMatchObject({ scopes: [] });
  });

  it('gets its scopes when an operator has approved its device', async () => {
    const simulator = await remote();
    const mine = device();
    const rejection = {
      gatewayCode: 'NOT_PAIRED',
      message: /device is not approved yet/,
      details: { code: 'PAIRING_REQUIRED', reason: 'not-paired', requestId: expect.any(String) },
    };
    await expect(connect(simulator, mine)).rejects.toMatchObject(rejection);
    await expect(connect(simulator, mine)).rejects.toMatchObject(rejection);
    const requests = await simulator.pairingRequests();
    expect(requests).toHaveLength(1);
    await simulator.approve(String(requests[0]));
    const connection = await connect(simulator, mine);
    expect(connection.hello.auth).toMatchObject({
      scopes: ['operator.read', 'operator.write'],
      deviceToken: expect.any(String),
    });
    expect(await talkTo(connection).send('k1')).toMatchObject({ status: 'started' });
    const { deviceToken = '' } = connection.hello.auth;
    const byDevice = await connect({ url: simulator.url, token: deviceToken }, mine);
    expect(byDevice.hello.auth.scopes).toHaveLength(2);
    await expect(connect(simulator, { ...mine, scopes: ['operator.admin'] })).rejects.toMatchObject({
      details: { reason: 'scope-upgrade', approvedScopes: ['operator.read', 'operator.write'] },
    });
    await expect(connect({ url: simulator.url, token: 'wrong' }, mine)).rejects.toMatchObject({
      details: { code: 'AUTH_TOKEN_MISMATCH', canRetryWithDeviceToken: true },
    });
  });

  it('is rejected if the device signed something else', async () => {
    const simulator = await remote();
    const forged = device((payload) => payload.replace('operator.read', 'operator.admin'));
    await expect(connect(simulator, forged)).rejects.toMatchObject({
      gatewayCode: 'INVALID_REQUEST',
      details: { code: 'DEVICE_AUTH_SIGNATURE_INVALID', reason: 'device-signature' },
    });
    const another = device();
    const { deviceIdentity } = device();
    const mixed = {
      ...another,
      deviceIdentity: { ...another.deviceIdentity, deviceId: deviceIdentity?.deviceId },
    };
    await expect(connect(simulator, mixed as Partial<GatewayClientOptions>)).rejects.toMatchObject({
      details: { code: 'DEVICE_AUTH_DEVICE_ID_MISMATCH' },
    });
  });

  it('on loopback needs no device, and an unknown one is let in', async () => {
    const { hello } = await connect(await start(), device());
    expect(hello.auth.scopes).toEqual(['operator.read', 'operator.write']);
  });
});
