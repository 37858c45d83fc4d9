import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

let t: TestGateway;
beforeAll(async () => {
  t = await startTestGateway();
});
afterAll(() => t.stop());

/** @param headers name, value, name, value, …; values in Latin-1, as Node sends them */
const post = (url: string, body: string, headers: readonly string[] = []) =>
  new Promise<string>((resolve, reject) => {
    const own = ['host', new URL(url).host, 'content-length', String(Buffer.byteLength(body))];
    request(url, { method: 'POST', headers: [...own, ...headers] }, (response) => {
      json(response).then((answer) => resolve((answer as { payload_id: string }).payload_id), reject);
    })
      .on('error', reject)
      // Node would write a string body together with the headers, all in UTF-8.
      .end(Buffer.from(body));
  });

describe.each(['é', 'É', 'order 7', '订单 7', '🎉', 'x'.repeat(256)])('the name %s', (name) => {
  it('identifies a delivery from a body', async () => {
    const { url } = await t.createWebhook({ dedupe: 'body:/id' });
    const first = await post(url, JSON.stringify({ id: name }));
    expect(first).toBeTypeOf('string');
    expect(await post(url, JSON.stringify({ id: name }))).toBe(first);
  });

  it('identifies a delivery from a header, and is recorded in plain text', async () => {
    const webhook = await t.createWebhook({ dedupe: 'header:x-id' });
    const headers = ['x-id', Buffer.from(name).toString('latin1')];
    const first = await post(webhook.url, '{}', headers);
    expect(first).toBeTypeOf('string');
    expect(await post(webhook.url, '{}', headers)).toBe(first);
    const [arrival] = await t.payloads(webhook.webhookId);
    expect(arrival?.dedupe).toMatchObject({ key: name, source: 'header:x-id' });
  });
});

it('a header that is sent twice names nothing', async () => {
  const { url } = await t.createWebhook({ dedupe: 'header:x-id' });
  const headers = ['x-id', 'order 7', 'X-Id', 'order 7'];
  const first = await post(url, '{}', headers);
  expect(first).toBeTypeOf('string');
  expect(await post(url, '{}', headers)).not.toBe(first);
});
