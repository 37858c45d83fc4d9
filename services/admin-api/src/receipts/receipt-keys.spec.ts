import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { asEvent, streams } from '@mission-control/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());

const path = '/api/v1/receipt-keys';
const inPublic = { headers: { authorization: '' } };

/** A key as the gateway records it. */
const addKey = async (keyId: string, second: number) => {
  const publicKey = generateKeyPairSync('ed25519')
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
  const occurredAt = `2026-03-05T12:00:0${second}.000Z`;
  const context = {
    occurredAt,
    actor: { kind: 'service', id: 'gateway' } as const,
    correlationId: 'spec',
    causationId: null,
  };
  const data = { keyId, publicKey, privateKey: 'a.b.c.d.e' };
  await api.store.append(streams.signingKeys, 'any', [asEvent({ type: 'SigningKeyCreated', data }, context)]);
  return { key_id: keyId, algorithm: 'Ed25519', public_key: publicKey, created_at: occurredAt };
};

describe('the public keys of receipts', () => {
  it('are listed for anyone, oldest first, as soon as they exist', async () => {
    expect((await api.call('GET', path, inPublic)).body).toEqual({ items: [] });
    const items = [];
    for (const [n, keyId] of ['fedcba9876543210', '0123456789abcdef'].entries()) {
      items.push(await addKey(keyId, n));
      const answers = await Promise.all(Array.from({ length: 10 }, () => api.call('GET', path, inPublic)));
      for (const { status, body } of answers) expect([status, body]).toEqual([200, { items }]);
    }
  });

  it('are downloaded one by one, as openssl reads them', async () => {
    const added = await addKey('00112233445566ff', 9);
    const answer = await api.call('GET', `${path}/${added.key_id}`, inPublic);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-pem-file']);
    expect(answer.text).toBe(added.public_key);
    expect(createPublicKey(answer.text).asymmetricKeyType).toBe('ed25519');
  });

  it.each(['ffffffffffffffff', 'x', '__proto__', '%00'])('do not include %s', async (keyId) => {
    expect(await api.call('GET', `${path}/${keyId}`, inPublic)).toMatchObject({
      status: 404,
      body: { code: 'receipt_key_not_found' },
    });
  });

  it('cannot be changed', async () => {
    for (const method of ['POST', 'PATCH', 'DELETE']) expect((await api.call(method, path)).status).toBe(404);
  });
});
