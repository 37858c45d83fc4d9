import { createHash, createHmac } from 'node:crypto';
import { type SignatureScheme, signatureSchemeSchema } from '@mission-control/contracts';
import { schemes } from '@mission-control/signatures';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

let t: TestGateway;
beforeAll(async () => {
  t = await startTestGateway({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => t.stop());

const post = async (url: string, body: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { method: 'POST', body, headers });
  return {
    status: response.status,
    ...((await response.json()) as { code?: string; payload_id?: string; challenge?: string }),
  };
};
const statusAndAuthenticate = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { method: 'POST', body: '{}', headers });
  return [response.status, response.headers.get('www-authenticate')];
};
const secretOf = (scheme: SignatureScheme) =>
  scheme === 'standard-webhooks' ? 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' : `a secret for ${scheme}`;
/** Signs like the scheme's sender. The vendors' own libraries sign in the tests of the schemes. */
const signedBy = (scheme: SignatureScheme, body: string, deliveryId: string) => {
  const { proof } = schemes[scheme];
  const key = proof?.keyOf(secretOf(scheme));
  const given = { body: Buffer.from(body), signedAt: Date.now(), deliveryId };
  return key && proof ? proof.sign({ ...given, key }, { signatureHeader: null }) : {};
};

describe.each(signatureSchemeSchema.options.filter((scheme) => scheme !== 'none'))(
  'a webhook of scheme %s',
  (scheme) => {
    const body = JSON.stringify({ id: 'evt_1', event_id: 'Ev1', created: 1_772_712_000 });

    it('accepts a request with a valid proof, and records how it was verified, but not the proof', async () => {
      const webhook = await t.createWebhook({ secret: secretOf(scheme), signatureScheme: scheme });
      const headers = signedBy(scheme, body, 'delivery-1');
      expect((await post(webhook.url, body, headers)).status).toBe(202);
      const [payload] = await t.payloads(webhook.webhookId);
      expect(payload).toMatchObject({
        sha256: createHash('sha256').update(body).digest('hex'),
        verification: { verdict: 'verified', scheme, secret: 'current' },
      });
      for (const name of schemes[scheme].secretHeaders({ signatureHeader: null })) {
        const value = headers[name];
        if (value) expect(JSON.stringify(payload)).not.toContain(value);
      }
    });

    it('rejects a request without a proof, and one with the proof of another sender', async () => {
      const webhook = await t.createWebhook({ secret: secretOf(scheme), signatureScheme: scheme });
      const status = scheme === 'shopify' ? 401 : 403;
      expect(await post(webhook.url, body)).toMatchObject({ status, code: 'signature_missing' });
      const headers = signedBy(scheme, body, 'delivery-1');
      const forged = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value.replace(/[A-Za-z](?=[^A-Za-z]*$)/, '0')]),
      );
      expect(await post(webhook.url, body, forged)).toMatchObject({ status, code: 'signature_invalid' });
      expect(await t.payloads(webhook.webhookId)).toEqual([]);
    });

    it('gives a repeat the id of the first arrival if the sender names its deliveries', async () => {
      const webhook = await t.createWebhook({ secret: secretOf(scheme), signatureScheme: scheme });
      const send = () => post(webhook.url, body, signedBy(scheme, body, 'delivery-2'));
      const [first, second] = [await send(), await send()];
      const names = scheme !== 'hmac' && scheme !== 'token';
      expect(first.payload_id === second.payload_id).toBe(names);
    });
  },
);

describe('a webhook of a sender that requires 401 for an invalid signature', () => {
  const unauthorized = [401, 'HMAC'];
  const proofs = (text: string, key = secretOf('shopify')) => {
    const hmac = createHmac('sha256', key).update(text);
    return { 'x-shopify-hmac-sha256': hmac.digest('base64') };
  };

  it.each<[string, Record<string, string>]>([
    ['no HMAC', {}],
    ['an empty HMAC', { 'x-shopify-hmac-sha256': '' }],
    ['the HMAC of another body', proofs('[]')],
    ['the HMAC of another secret', proofs('{}', 'guess')],
    ['an HMAC in hex', { 'x-shopify-hmac-sha256': createHash('sha256').update('').digest('hex') }],
    ['garbage instead of an HMAC', { 'x-shopify-hmac-sha256': 'nonsense' }],
    ['an HMAC in the GitHub format', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }],
  ])('answers %s with 401 and WWW-Authenticate, whether enabled or not', async (_, headers) => {
    const settings = { secret: secretOf('shopify'), signatureScheme: 'shopify' } as const;
    for (const enabled of [true, false]) {
      const { url } = await t.createWebhook({ ...settings, enabled });
      expect(await statusAndAuthenticate(url, headers)).toEqual(unauthorized);
    }
  });

  it('answers everything else like other webhooks', async () => {
    const settings = { secret: secretOf('shopify'), signatureScheme: 'shopify' } as const;
    const { url } = await t.createWebhook({ ...settings, allowedIps: ['192.0.2.1'] });
    expect(await statusAndAuthenticate(url, proofs('{}'))).toEqual([403, null]);
    const disabled = await t.createWebhook({ ...settings, enabled: false });
    expect(await statusAndAuthenticate(disabled.url, proofs('{}'))).toEqual([410, null]);
  });

  it.each(signatureSchemeSchema.options.filter((scheme) => scheme !== 'none' && scheme !== 'shopify'))(
    'is not one of scheme %s, which answers 403 without WWW-Authenticate',
    async (scheme) => {
      const { url } = await t.createWebhook({ secret: secretOf(scheme), signatureScheme: scheme });
      expect(await statusAndAuthenticate(url)).toEqual([403, null]);
    },
  );
});

describe('two active secrets', () => {
  const sign = (secret: string) => ({
    'x-webhook-signature': createHmac('sha256', secret).update('{}').digest('hex'),
  });

  it('are both accepted until the older one expires, and the one that matched is recorded', async () => {
    const webhook = await t.createWebhook({ secret: 'old' });
    const rotate = async (secret: string, validForMs: number) =>
      t.command(webhook, {
        type: 'RotateSecret',
        secret: await t.keyring.encrypt(`webhook:${webhook.webhookId}`, secret),
        previousValidUntil: new Date(Date.now() + validForMs).toISOString(),
      });
    await rotate('new', 3_600_000);
    expect((await post(webhook.url, '{}', sign('new'))).status).toBe(202);
    expect((await post(webhook.url, '{}', sign('old'))).status).toBe(202);
    expect((await post(webhook.url, '{}', sign('other'))).status).toBe(403);
    const used = (await t.payloads(webhook.webhookId)).map(({ verification }) => verification.secret);
    expect(used).toEqual(['current', 'previous']);
    await rotate('newest', -1);
    expect((await post(webhook.url, '{}', sign('newest'))).status).toBe(202);
    expect((await post(webhook.url, '{}', sign('new'))).status).toBe(403);
  });
});

describe('the allowed addresses', () => {
  it('are compared by value, not by spelling', async () => {
    const webhook = await t.createWebhook({ allowedIps: ['1.2.3.4', '192.30.252.0/22', '2001:db8::/32'] });
    const from = async (address: string) =>
      (await post(webhook.url, '{}', { 'x-forwarded-for': address })).status;
    const allowed = ['1.2.3.4', '192.30.255.1', '::ffff:192.30.252.9', '2001:DB8:1::1'];
    const rejected = ['1.2.3.45', '1.2.3.40', '192.30.251.255', '2001:db9::1', '127.0.0.1'];
    expect(await Promise.all(allowed.map(from))).toEqual(allowed.map(() => 202));
    expect(await Promise.all(rejected.map(from))).toEqual(rejected.map(() => 403));
  });

  it('apply from the next request on when they are extended', async () => {
    const webhook = await t.createWebhook({ allowedIps: ['192.0.2.1'] });
    expect(await post(webhook.url, '{}')).toMatchObject({ status: 403, code: 'source_not_allowed' });
    await t.command(webhook, { type: 'UpdateWebhook', allowedIps: [] });
    expect((await post(webhook.url, '{}')).status).toBe(202);
  });
});

describe('the name of a delivery', () => {
  const idsOf = async (url: string, ...requests: [body: string, headers?: Record<string, string>][]) =>
    Promise.all(requests.map(async ([body, headers]) => (await post(url, body, headers)).payload_id));

  it('is read from a header, and counts together with the body if nothing is signed', async () => {
    const webhook = await t.createWebhook({ dedupe: 'header:x-id' });
    const [first, same, otherBody, otherId] = await idsOf(
      webhook.url,
      ['{}', { 'x-id': '1' }],
      ['{}', { 'x-id': '1' }],
      ['[]', { 'x-id': '1' }],
      ['{}', { 'x-id': '2' }],
    );
    expect(same).toBe(first);
    expect(new Set([first, otherBody, otherId]).size).toBe(3);
  });

  it('is read from the body, digit for digit', async () => {
    const webhook = await t.createWebhook({ dedupe: 'body:/data/id' });
    const [first, same, next, none, again] = await idsOf(
      webhook.url,
      ['{"data":{"id":12345678901234567890}}'],
      ['{"data":{"id":12345678901234567890}}'],
      ['{"data":{"id":12345678901234567891}}'],
      ['{"data":{}}'],
      ['{"data":{}}'],
    );
    expect(same).toBe(first);
    expect(new Set([first, next, none, again]).size).toBe(4);
  });

  it('is not read when dedupe is off', async () => {
    const webhook = await t.createWebhook({ signatureScheme: 'github', dedupe: 'off' });
    const [first, second] = await idsOf(
      webhook.url,
      ['{}', { 'x-github-delivery': '1' }],
      ['{}', { 'x-github-delivery': '1' }],
    );
    expect(first).not.toBe(second);
  });
});

describe("Slack's url_verification", () => {
  const body = JSON.stringify({ type: 'url_verification', token: 't', challenge: '3eZbrw1aB' });

  it('is answered if it is signed, and is not stored as a payload', async () => {
    const webhook = await t.createWebhook({ secret: secretOf('slack'), signatureScheme: 'slack' });
    expect(await post(webhook.url, body, signedBy('slack', body, '1'))).toEqual({
      status: 200,
      challenge: '3eZbrw1aB',
    });
    expect((await post(webhook.url, body)).status).toBe(403);
    expect(await t.payloads(webhook.webhookId)).toEqual([]);
  });

  it('with another scheme is a payload like any other', async () => {
    const webhook = await t.createWebhook();
    expect((await post(webhook.url, body)).status).toBe(202);
  });
});

it('forwarding headers of an untrusted peer are ignored, logged once as a warning, and counted', async () => {
  const untrusting = await startTestGateway();
  const webhook = await untrusting.createWebhook();
  for (const headers of [{ 'x-forwarded-for': '192.0.2.1' }, { forwarded: 'for=192.0.2.1' }]) {
    expect((await post(webhook.url, '{}', headers as Record<string, string>)).status).toBe(202);
  }
  const sources = (await untrusting.payloads(webhook.webhookId)).map(({ sourceIp }) => sourceIp);
  expect(sources).toEqual(['127.0.0.1', '127.0.0.1']);
  expect(untrusting.logged.filter((line) => line.includes('TRUSTED_PROXIES'))).toHaveLength(1);
  expect(await untrusting.metricsText()).toMatch(
    /^mission_control_ingest_forwarding_headers_ignored_total 2$/m,
  );
  await untrusting.stop();
});
