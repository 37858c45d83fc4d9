import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { asEvent, newOrderedId, streams } from '@mission-control/contracts';
import { openSigner, publicSigningKeys } from '@mission-control/keyring';
import { startEventStoreDbFake, waitFor } from '@mission-control/testing';
import { compactVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

const body = '{"order": 7}';
const prefer = { prefer: 'receipt' };
const context = () => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'spec' } as const,
  correlationId: 'spec',
  causationId: null,
});

const post = async (url: string, headers: Record<string, string> = {}, sent: string = body) => {
  const response = await fetch(url, { method: 'POST', body: sent, headers });
  return {
    status: response.status,
    answer: (await response.json()) as Record<string, string>,
    receipt: response.headers.get('x-payload-receipt'),
    applied: response.headers.get('preference-applied'),
  };
};

/** Verified by another implementation of JWS, with the public key that anyone can have. */
const verified = async ({ store }: TestGateway, receipt: string | null) => {
  const keys = await publicSigningKeys(store);
  const { payload, protectedHeader } = await compactVerify(receipt ?? '', ({ kid }) => {
    const key = keys.find(({ keyId }) => keyId === kid);
    if (!key) throw new Error(`There is no key ${kid}.`);
    return key.publicKey;
  });
  expect(protectedHeader).toEqual({ alg: 'EdDSA', kid: keys.at(-1)?.keyId, typ: 'payload-receipt' });
  return JSON.parse(Buffer.from(payload).toString()) as Record<string, string>;
};

describe('a receipt', () => {
  let t: TestGateway;
  beforeAll(async () => {
    t = await startTestGateway();
  });
  afterAll(() => t.stop());

  it('is given on request, and states what is stored', async () => {
    const { url, webhookId, boardId } = await t.createWebhook();
    const { status, answer, receipt, applied } = await post(url, prefer);
    expect([status, applied]).toEqual([202, 'receipt']);
    const [stored] = await Array.fromAsync(t.store.readStream(streams.payloads(webhookId)));
    expect(await verified(t, receipt)).toEqual({
      payload_id: answer.payload_id,
      board_id: boardId,
      webhook_id: webhookId,
      event_id: stored?.id,
      sha256: createHash('sha256').update(body).digest('hex'),
      received_at: (stored?.data as { receivedAt: string } | undefined)?.receivedAt,
    });
  });

  it('does not verify after anything in it was changed', async () => {
    const { url } = await t.createWebhook();
    const { receipt } = await post(url, prefer);
    const { receipt: other } = await post(url, prefer);
    const [head, claims, signature] = (receipt ?? '').split('.');
    const [, otherClaims] = (other ?? '').split('.');
    expect(otherClaims).not.toBe(claims);
    await expect(verified(t, `${head}.${otherClaims}.${signature}`)).rejects.toThrow(
      'signature verification failed',
    );
  });

  it('is given always, on request or never, as the webhook says', async () => {
    const given = async (receipt: 'on_request' | 'always' | 'off', headers = {}) => {
      const { url } = await t.createWebhook({ receipt });
      const response = await post(url, headers);
      expect(response.status).toBe(202);
      return [response.receipt !== null, response.applied];
    };
    expect(await given('on_request')).toEqual([false, null]);
    expect(await given('on_request', prefer)).toEqual([true, 'receipt']);
    expect(await given('on_request', { prefer: 'respond-async, Receipt' })).toEqual([true, 'receipt']);
    expect(await given('on_request', { prefer: 'return=minimal' })).toEqual([false, null]);
    expect(await given('always')).toEqual([true, null]);
    expect(await given('always', prefer)).toEqual([true, 'receipt']);
    expect(await given('off', prefer)).toEqual([false, null]);
  });

  it('is given to each arrival of a payload, for its own bytes', async () => {
    const { url, webhookId } = await t.createWebhook({
      dedupe: 'body:/id',
      secret: 's',
      signatureScheme: 'token',
    });
    const send = (text: string) => post(url, { ...prefer, 'x-webhook-token': 's' }, text);
    const first = await send('{"id":1,"attempt":1}');
    const second = await send('{"id":1,"attempt":1}');
    expect(second.answer).toMatchObject({ payload_id: first.answer.payload_id, duplicate: true });
    const claims = [await verified(t, first.receipt), await verified(t, second.receipt)];
    const events = await Array.fromAsync(t.store.readStream(streams.payloads(webhookId)));
    expect(claims.map((one) => one.event_id)).toEqual(events.map(({ id }) => id));
    expect(claims[1]).toMatchObject({ payload_id: claims[0]?.payload_id, sha256: claims[0]?.sha256 });
  });

  it('is about the bytes that were sent, compressed or not', async () => {
    const { url } = await t.createWebhook({ contentEncodings: ['gzip'] });
    const bytes = gzipSync(body);
    const headers = { ...prefer, 'content-encoding': 'gzip' };
    const response = await fetch(url, { method: 'POST', body: bytes, headers });
    const claims = await verified(t, response.headers.get('x-payload-receipt'));
    expect(claims.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('is not given for what is not stored', async () => {
    const answers = [
      await post((await t.createWebhook({ secret: 's', receipt: 'always' })).url, prefer),
      await post((await t.createWebhook({ enabled: false, receipt: 'always' })).url, prefer),
      await post(`${t.url}/api/v1/boards/${crypto.randomUUID()}/webhooks/${crypto.randomUUID()}`, prefer),
      await post(
        (await t.createWebhook({ signatureScheme: 'slack', receipt: 'always' })).url,
        prefer,
        '{"type":"url_verification","challenge":"c"}',
      ),
    ];
    expect(answers.map(({ status, receipt, applied }) => [status, receipt, applied])).toEqual(
      [403, 410, 404, 200].map((status) => [status, null, null]),
    );
  });
});

it('is not given while the store fails, and is given again afterwards', async () => {
  const fake = await startEventStoreDbFake({});
  const t = await startTestGateway({ eventStoreUrl: fake.url });
  const { url } = await t.createWebhook();
  fake.failAppends({ type: 'event_store.client.QuotaExceeded', message: 'over quota', code: 8 });
  expect(await post(url, prefer)).toMatchObject({ status: 503, receipt: null, applied: null });
  fake.failAppends(undefined);
  const given = await waitFor(async () => {
    const response = await post(url, prefer);
    expect(response.status).toBe(202);
    return response.receipt;
  });
  expect(await verified(t, given)).toMatchObject({ sha256: expect.any(String) });
  await t.stop();
  await fake.stop();
});

it('without a readable key, payloads are accepted without receipts', async () => {
  const t = await startTestGateway();
  const { url, webhookId } = await t.createWebhook();
  const { keyId, publicKey } = await openSigner(t.store, t.keyring, context());
  const data = {
    keyId,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: await t.keyring.encrypt('something else', 'not a key'),
  };
  const unreadable = asEvent({ type: 'SigningKeyCreated', data }, context(), newOrderedId());
  await t.store.append(streams.signingKeys, 0, [unreadable]);
  expect(await post(url, prefer)).toMatchObject({ status: 202, receipt: null, applied: null });
  expect(t.logged.filter((line) => line.includes('cannot sign receipts'))).toHaveLength(1);
  expect(await t.metricsText()).toContain('mission_control_ingest_receipts_total{outcome="failed"} 1');
  expect(await t.payloads(webhookId)).toHaveLength(1);

  // A readable key is found without a restart.
  const [first] = await Array.fromAsync(t.store.readStream(streams.signingKeys));
  const readable = { ...unreadable, id: newOrderedId(), data: first?.data as typeof data };
  await t.store.append(streams.signingKeys, 1, [readable]);
  await waitFor(async () => (await post(url, prefer)).receipt !== null);
  expect(await t.metricsText()).toContain('mission_control_ingest_receipts_total{outcome="signed"} 1');
  await t.stop();
});
