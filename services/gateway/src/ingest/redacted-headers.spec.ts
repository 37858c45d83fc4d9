import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GivenSettings, startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

let t: TestGateway;
beforeAll(async () => {
  t = await startTestGateway({ env: { WEBHOOK_REDACT_HEADERS: 'X-Customer-Token, X-Mine' } });
});
afterAll(() => t.stop());

/** Sends the headers twice. Resolves to the record of the first arrival and the number of payloads. */
const sent = async (settings: GivenSettings, headers: Record<string, string>) => {
  const webhook = await t.createWebhook(settings);
  for (let n = 0; n < 2; n += 1) {
    expect((await fetch(webhook.url, { method: 'POST', body: '{}', headers })).status).toBe(202);
  }
  const [first, second] = await t.payloads(webhook.webhookId);
  const recorded = Object.fromEntries(first?.headers ?? []);
  return { recorded, dedupe: first?.dedupe, same: first?.payloadId === second?.payloadId };
};

test.each(['i-twilio-idempotency-token', 'x-message-token', 'x-partition-key', 'x-signature-id'])(
  'the header %s names deliveries if configured to, and is recorded',
  async (name) => {
    const headers = { [name]: 'name-1', 'x-other-token': 's3cret' };
    const { recorded, dedupe, same } = await sent({ dedupe: `header:${name}` }, headers);
    expect(recorded).toMatchObject({ [name]: 'name-1', 'x-other-token': '[redacted]' });
    expect(dedupe).toMatchObject({ key: 'name-1', source: `header:${name}` });
    expect(same).toBe(true);
  },
);

test('a header with a secret-sounding name is redacted for every other webhook', async () => {
  const { recorded } = await sent({ dedupe: 'off' }, { 'x-message-token': 'name-1' });
  expect(recorded).toMatchObject({ 'x-message-token': '[redacted]' });
});

test("the operator's list overrides the webhook's setting", async () => {
  const headers = { 'x-customer-token': 'name-1', 'x-mine': 'name-2' };
  const { recorded, dedupe, same } = await sent({ dedupe: 'header:x-customer-token' }, headers);
  expect(recorded).toMatchObject({ 'x-customer-token': '[redacted]', 'x-mine': '[redacted]' });
  expect(dedupe).toMatchObject({ key: '[redacted]', source: 'header:x-customer-token' });
  expect(same).toBe(true);
});

test('times and algorithms that accompany a signature are recorded, the signature is not', async () => {
  const { recorded } = await sent(
    {},
    {
      'x-signature-ed25519': 'abcdef',
      'x-signature-timestamp': '1700000000',
      'paypal-transmission-sig': 'abcdef',
      'paypal-auth-algo': 'SHA256withRSA',
    },
  );
  expect(recorded).toMatchObject({
    'x-signature-ed25519': '[redacted]',
    'x-signature-timestamp': '1700000000',
    'paypal-transmission-sig': '[redacted]',
    'paypal-auth-algo': 'SHA256withRSA',
  });
});
