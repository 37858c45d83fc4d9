import { newRandomId, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { createMetrics } from '@mission-control/runtime';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startTestGateway, type TestGateway, type TestWebhook } from '../testing/test-gateway.ts';
import { bounds, RejectionRecorder } from './rejection-recorder.ts';

let t: TestGateway;
beforeAll(async () => {
  t = await startTestGateway({ env: { WEBHOOK_MAX_PAYLOAD_BYTES: '100', WEBHOOK_RATE_LIMIT: '2/600' } });
});
afterAll(() => t.stop());

const post = async (url: string, init: RequestInit = {}) =>
  (await fetch(url, { method: 'POST', body: '{}', ...init })).status;
const recorded = async ({ webhookId }: TestWebhook, by: TestGateway = t) => {
  const events = await Array.fromAsync(by.store.readStream(streams.rejections(webhookId)));
  return events.map(parseEvent).filter((event) => event.type === 'WebhookRequestRefused');
};
const recordedCodes = async (webhook: TestWebhook) =>
  (await recorded(webhook)).map(({ data: { status, code } }) => [status, code]);

describe('a rejected request to a known webhook', () => {
  it('is recorded with reason, time, source and sizes, and none of its contents', async () => {
    const webhook = await t.createWebhook({ secret: 'tell nobody' });
    const headers = { 'x-webhook-signature': 'a-wrong-signature', 'x-request-id': 'req-7' };
    expect(await post(`${webhook.url}?token=in-the-query`, { headers, body: '{"in":"the body"}' })).toBe(403);
    await waitFor(async () => (await recorded(webhook)).length === 1);
    const [event] = await recorded(webhook);
    expect(event?.data).toEqual({
      webhookId: webhook.webhookId,
      boardId: webhook.boardId,
      refusedAt: expect.stringMatching(/Z$/),
      status: 403,
      code: 'signature_invalid',
      sourceIp: '127.0.0.1',
      declaredBytes: 17,
      receivedBytes: 17,
      omitted: 0,
      cause: 'unknown_format',
    });
    expect(event?.metadata).toMatchObject({
      correlationId: 'req-7',
      actor: { kind: 'sender', id: '127.0.0.1' },
    });
    const text = JSON.stringify({ ...event, position: '' });
    for (const said of ['a-wrong-signature', 'in-the-query', 'the body']) expect(text).not.toContain(said);
  });

  it.each([
    ['source_not_allowed', 403, { allowedIps: ['192.0.2.0/24'] }, {}],
    ['signature_missing', 403, { secret: 's' }, {}],
    ['webhook_disabled', 410, { enabled: false }, {}],
    ['payload_too_large', 413, {}, { body: 'x'.repeat(101) }],
    ['unsupported_content_encoding', 415, {}, { headers: { 'content-encoding': 'gzip' } }],
  ])(
    'is recorded as %s, even if this process has not cached the webhook',
    async (code, status, settings, init) => {
      const webhook = await t.createWebhook(settings);
      expect(await post(webhook.url, init)).toBe(status);
      await waitFor(async () => (await recorded(webhook)).length === 1);
      expect(await recordedCodes(webhook)).toEqual([[status, code]]);
    },
  );

  it('is recorded for each of many uncached webhooks, if all are rejected by headers at the same moment', async () => {
    const webhooks = await Promise.all(Array.from({ length: 20 }, () => t.createWebhook()));
    const answers = webhooks.map(({ url }) => post(url, { body: 'x'.repeat(101) }));
    expect(await Promise.all(answers)).toEqual(webhooks.map(() => 413));
    for (const webhook of webhooks) {
      await waitFor(async () => (await recorded(webhook)).length === 1);
      expect(await recordedCodes(webhook)).toEqual([[413, 'payload_too_large']]);
    }
  });

  it('is also recorded if it is over the limit of its webhook', async () => {
    const webhook = await t.createWebhook();
    expect([await post(webhook.url), await post(webhook.url), await post(webhook.url)]).toEqual([
      202, 202, 429,
    ]);
    await waitFor(async () => (await recorded(webhook)).length === 1);
    expect(await recordedCodes(webhook)).toEqual([[429, 'webhook_rate_limited']]);
  });
});

it('rejections without a known webhook are not recorded', async () => {
  const webhook = await t.createWebhook();
  expect(await post(webhook.url.replace(webhook.webhookId, crypto.randomUUID()))).toBe(404);
  const known = await t.createWebhook({ enabled: false });
  expect(await post(known.url)).toBe(410);
  await waitFor(async () => (await recorded(known)).length === 1);
  expect(await recorded(webhook)).toEqual([]);
});

it('of many rejections the first are recorded, and at the end the number of those left out', async () => {
  const other = await startTestGateway();
  const webhook = await other.createWebhook({ enabled: false });
  const sent = bounds.perWebhook + 25;
  // All within one minute, however long they take.
  vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  for (let number = 0; number < sent; number += 1) expect(await post(webhook.url)).toBe(410);
  await waitFor(async () => (await recorded(webhook, other)).length === bounds.perWebhook);
  await other.stopGateway();
  await waitFor(async () => (await recorded(webhook, other)).length > bounds.perWebhook);
  const events = await recorded(webhook, other);
  expect(events.map(({ data }) => data.omitted)).toEqual([...Array(bounds.perWebhook).fill(0), 24]);
  expect(await other.metricsText()).toMatch(
    /mission_control_ingest_rejection_records_total\{[^}]*outcome="omitted"[^}]*\} 24/,
  );
  await other.stop();
});

it('a stop does not wait for an event store that does not answer', async () => {
  const asked = Promise.withResolvers<void>();
  const silent: EventStore = Object.assign(Object.create(t.store), {
    append: () => {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const metrics = createMetrics('gateway');
  const rejections = new RejectionRecorder(silent, metrics.meter);
  rejections.note({
    webhookId: newRandomId(),
    boardId: newRandomId(),
    requestId: 'req-1',
    refusedAt: Date.now(),
    status: 403,
    code: 'signature_missing',
    sourceIp: '192.0.2.1',
    declaredBytes: null,
    receivedBytes: null,
  });
  await asked.promise;
  await rejections.close();
  await metrics.stop();
});
