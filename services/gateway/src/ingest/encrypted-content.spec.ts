import { createHash } from 'node:crypto';
import { openReadableLog, type ReadableLog } from '@mission-control/content-keys';
import {
  newRandomId,
  openBody,
  parseEvent,
  streams,
  type WebhookPayloadReceived,
} from '@mission-control/contracts';
import { openEventStore } from '@mission-control/event-store';
import { openReadModels } from '@mission-control/read-models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

let t: TestGateway;
let readable: ReadableLog;
let database: ReturnType<typeof openReadModels>;
beforeAll(async () => {
  t = await startTestGateway({ env: { CONTENT_ENCRYPTION: 'true' } });
  const config = {
    ENCRYPTION_KEY: [Buffer.from(t.encryptionKey, 'base64')],
    ...{ DATABASE_URL: t.databaseUrl, EVENTSTORE_PREFIX: '' },
  };
  readable = await openReadableLog(await openEventStore(t.databaseUrl), config, 'test');
  database = openReadModels(t.databaseUrl);
});
afterAll(async () => {
  await database?.close();
  await readable?.store.close();
  await t?.stop();
});

const body = Buffer.concat([Buffer.from('{"patient":"Grüße an Jane"}'), Buffer.from([0xff])]);
const post = async (url: string) => {
  const headers = { 'content-type': 'text/x-patient', 'x-id': 'delivery-4711', 'x-name': 'Jane' };
  const answer = await fetch(url, { method: 'POST', body, headers });
  const answered = (await answer.json()) as { payload_id?: string; code?: string };
  return { status: answer.status, headers: answer.headers, body: answered };
};
const stored = async (webhookId: string) =>
  (await Array.fromAsync(t.store.readStream(streams.payloads(webhookId)))).map((event) => parseEvent(event));
const readableOf = async (webhookId: string) =>
  (await Array.fromAsync(readable.store.readStream(streams.payloads(webhookId)))).map(
    (event) => parseEvent(event).data as WebhookPayloadReceived,
  );

describe('the content of an arrival', () => {
  it('is encrypted: body, headers, address and delivery name; what is not content is not', async () => {
    const webhook = await t.createWebhook({ signatureScheme: 'none', dedupe: 'header:x-id' });
    expect((await post(webhook.url)).status).toBe(202);
    const [event] = await stored(webhook.webhookId);
    const text = JSON.stringify([event?.data, event?.metadata]);
    for (const secret of ['patient', 'Jane', 'delivery-4711', '127.0.0.1', body.toString('base64')])
      expect(text).not.toContain(secret);
    expect(event).toMatchObject({
      data: {
        ...{ sourceIp: null, contentType: null, headers: [], size: body.length },
        dedupe: { key: null, source: 'header:x-id' },
        body: { enc: 'A256GCM' },
        sha256: createHash('sha256').update(body).digest('hex'),
      },
      metadata: { schemaVersion: 2, actor: { kind: 'sender', id: webhook.webhookId } },
    });

    const [content] = await readableOf(webhook.webhookId);
    expect(content).toMatchObject({
      ...{ sourceIp: '127.0.0.1', contentType: 'text/x-patient' },
      headers: expect.arrayContaining([['x-name', 'Jane']]),
      dedupe: { key: 'delivery-4711', source: 'header:x-id' },
    });
    expect(content && openBody(content.body)).toEqual(body);
  });

  it('has a key of its own, also in two arrivals of one payload', async () => {
    const webhook = await t.createWebhook({ signatureScheme: 'none', dedupe: 'header:x-id' });
    const [first, second] = [await post(webhook.url), await post(webhook.url)];
    expect(second.body.payload_id).toBe(first.body.payload_id);
    const bodies = (await readableOf(webhook.webhookId)).map((data) => openBody(data.body));
    expect(bodies).toEqual([body, body]);
    const encrypted = (await stored(webhook.webhookId)).map(
      ({ data }) => (data as WebhookPayloadReceived).body,
    );
    expect(new Set(encrypted.map((one) => one.data)).size).toBe(2);
    expect(new Set(encrypted.map((one) => 'place' in one && one.place)).size).toBe(2);
  });

  it('is accepted while the keys cannot be read if the webhook’s key is in memory, otherwise 503', async () => {
    const [known, unknown] = [
      await t.createWebhook({ signatureScheme: 'none' }),
      await t.createWebhook({ signatureScheme: 'none' }),
    ];
    expect((await post(known.url)).status).toBe(202);
    const { schema } = database.db;
    await schema.withSchema('content_keys').alterTable('keys').renameTo('keys_away').execute();
    try {
      expect((await post(known.url)).status).toBe(202);
      const refused = await post(unknown.url);
      expect(refused).toMatchObject({ status: 503, body: { code: 'content_key_unavailable' } });
      expect(refused.headers.get('retry-after')).toBe('2');
      expect(await stored(unknown.webhookId)).toEqual([]);
    } finally {
      await schema.withSchema('content_keys').alterTable('keys_away').renameTo('keys').execute();
    }
    expect((await post(unknown.url)).status).toBe(202);
    expect(await readableOf(known.webhookId)).toHaveLength(2);
  });

  it('is not accepted for a webhook whose keys were destroyed', async () => {
    const webhook = await t.createWebhook({ signatureScheme: 'none' });
    await readable.keys.create(webhook.webhookId);
    await readable.keys.destroyAll(webhook.webhookId);
    expect((await post(webhook.url)).status).toBe(404);
    expect((await post(webhook.url.replace(webhook.webhookId, newRandomId()))).status).toBe(404);
  });
});
