import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

let t: TestGateway;
beforeAll(async () => {
  t = await startTestGateway();
});
afterAll(() => t.stop());

const post = async (url: string, body = '{}', headers: Record<string, string> = {}) => {
  const response = await fetch(url, { method: 'POST', body, headers });
  return {
    status: response.status,
    ...((await response.json()) as { code?: string; payload_id?: string; duplicate?: true }),
  };
};
const signatureOf = (secret: string, body = '{}') => ({
  'x-webhook-signature': createHmac('sha256', secret).update(body).digest('hex'),
});

describe('a change of configuration', () => {
  it('that lifts a rejection always applies to the next request', async () => {
    const webhook = await t.createWebhook({ enabled: false });
    expect((await post(webhook.url)).status).toBe(410);
    for (let round = 0; round < 25; round += 1) {
      await t.command(webhook, { type: 'UpdateWebhook', enabled: true });
      expect((await post(webhook.url)).status).toBe(202);
      await t.command(webhook, { type: 'UpdateWebhook', enabled: false });
      await expect.poll(async () => (await post(webhook.url)).status).toBe(410);
    }
  });

  it('of the secret applies to the next request', async () => {
    const webhook = await t.createWebhook({ secret: 'old' });
    expect((await post(webhook.url, '{}', signatureOf('old'))).status).toBe(202);
    const secret = await t.keyring.encrypt(`webhook:${webhook.webhookId}`, 'new');
    await t.command(webhook, { type: 'UpdateWebhook', secret });
    expect((await post(webhook.url, '{}', signatureOf('new'))).status).toBe(202);
    expect(await post(webhook.url, '{}', signatureOf('old'))).toMatchObject({
      status: 403,
      code: 'signature_invalid',
    });
    const revisions = (await t.payloads(webhook.webhookId)).map(({ webhookRevision }) => webhookRevision);
    expect(revisions).toEqual([0, 1]);
  });

  it('that deletes the webhook stops it', async () => {
    const webhook = await t.createWebhook();
    expect((await post(webhook.url)).status).toBe(202);
    await t.command(webhook, { type: 'DeleteWebhook', cleanupMemory: false });
    await t.store.tombstone(`payloads-${webhook.webhookId}`);
    await expect
      .poll(async () => await post(webhook.url))
      .toMatchObject({ status: 404, code: 'webhook_not_found' });
  });
});

it('a webhook accepts requests as soon as it exists, even if its id was requested before', async () => {
  for (let round = 0; round < 10; round += 1) {
    const webhook = await t.createWebhook({ secret: `s${round}` });
    const early = Array.from({ length: 5 }, () =>
      post(webhook.url.replace(webhook.webhookId, crypto.randomUUID())),
    );
    expect((await post(webhook.url, '{}', signatureOf(`s${round}`))).status).toBe(202);
    expect((await Promise.all(early)).map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
  }
});

it('an unreadable secret gets 503, and the log states it', async () => {
  const webhook = await t.createWebhook({ secret: 's' });
  const ofAnother = await t.keyring.encrypt('webhook:another', 's');
  await t.command(webhook, { type: 'UpdateWebhook', secret: ofAnother });
  const answer = await post(webhook.url, '{}', signatureOf('s'));
  expect(answer).toMatchObject({ status: 503, code: 'secret_unreadable' });
  expect(
    t.logged.filter((line) => line.includes(webhook.webhookId) && line.includes('cannot decrypt')),
  ).toHaveLength(1);
});

describe('a delivery named by its sender', () => {
  it('keeps its payload id when it is repeated, and is reported as a duplicate', async () => {
    const webhook = await t.createWebhook({ signatureScheme: 'github' });
    const delivery = { 'x-github-delivery': 'd-1' };
    const first = await post(webhook.url, '{}', delivery);
    const again = await post(webhook.url, '{}', delivery);
    const otherBody = await post(webhook.url, '[]', delivery);
    expect(first.duplicate).toBeUndefined();
    expect(again).toMatchObject({ status: 202, payload_id: first.payload_id, duplicate: true });
    expect(otherBody.payload_id).not.toBe(first.payload_id);
    expect(otherBody.duplicate).toBeUndefined();
    expect(await t.payloads(webhook.webhookId)).toHaveLength(3);
  });

  it('has a new payload id each time if the scheme has no names', async () => {
    const webhook = await t.createWebhook();
    const [first, second] = [await post(webhook.url), await post(webhook.url)];
    expect(first?.payload_id).not.toBe(second?.payload_id);
  });
});
