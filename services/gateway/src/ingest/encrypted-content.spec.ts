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
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
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

  it('is stored in the clear for a webhook that says so', async () => {
    const webhook = await t.createWebhook({ signatureScheme: 'none', encryptContent: false });
    expect((await post(webhook.url)).status).toBe(202);
    expect(await stored(webhook.webhookId)).toMatchObject([
      { data: { body: { enc: null }, sourceIp: '127.0.0.1' }, metadata: { schemaVersion: 1 } },
    ]);
  });

  it('is not accepted for a webhook whose keys were destroyed', async () => {
    const webhook = await t.createWebhook({ signatureScheme: 'none' });
    await readable.keys.create(webhook.webhookId);
    await readable.keys.destroyAll(webhook.webhookId);
    expect((await post(webhook.url)).status).toBe(404);
    expect((await post(webhook.url.replace(webhook.webhookId, newRandomId()))).status).toBe(404);
  });
});

it('with CONTENT_ENCRYPTION=per-webhook, arrivals are encrypted as the webhook says when they are received', async () => {
  const perWebhook = await startTestGateway({ env: { CONTENT_ENCRYPTION: 'per-webhook' } });
  onTestFinished(perWebhook.stop);
  const webhook = await perWebhook.createWebhook({ signatureScheme: 'none' });
  const arrivals = async () => {
    const events = await Array.fromAsync(perWebhook.store.readStream(streams.payloads(webhook.webhookId)));
    return events.map((event) => {
      const { data, metadata } = parseEvent(event);
      const { body, webhookRevision } = data as WebhookPayloadReceived;
      return [webhookRevision, body.enc, metadata.schemaVersion];
    });
  };
  const settings = [null, true, false, true] as const;
  const plain = [null, 1];
  const encrypted = ['A256GCM', 2];
  const expected = [plain, encrypted, plain, encrypted].map((one, revision) => [revision, ...one]);
  for (const [revision, encryptContent] of settings.entries()) {
    if (revision > 0) await perWebhook.command(webhook, { type: 'UpdateWebhook', encryptContent });
    // The gateway learns of the change through its tail.
    await waitFor(async () => {
      expect((await post(webhook.url)).status).toBe(202);
      return (await arrivals()).at(-1)?.[0] === revision;
    });
  }
  const byRevision = new Map((await arrivals()).map((arrival) => [arrival[0], arrival]));
  expect([...byRevision.values()]).toEqual(expected);
  for (const arrival of await arrivals()) expect(expected).toContainEqual(arrival);
});
