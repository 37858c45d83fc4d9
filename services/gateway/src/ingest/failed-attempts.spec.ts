import { createHmac } from 'node:crypto';
import { newRandomId, parseEvent, streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway, type TestWebhook } from '../testing/test-gateway.ts';

const limit = 3;
const maxBytes = 100;
const secret = 'tell nobody';

let t: TestGateway;
beforeAll(async () => {
  t = await startTestGateway({
    env: {
      WEBHOOK_REJECTION_RATE_LIMIT: `${limit}/600`,
      WEBHOOK_RATE_LIMIT: '5/600',
      WEBHOOK_MAX_PAYLOAD_BYTES: String(maxBytes),
      TRUSTED_PROXIES: '127.0.0.1',
    },
  });
});
afterAll(() => t.stop());

type Headers = Record<string, string>;
const signature = (body: string | Uint8Array): Headers => ({
  'x-webhook-signature': createHmac('sha256', secret).update(body).digest('hex'),
});
const right = signature('{}');
const wrong = signature('[]');

let addresses = 0;
/** An address, as a trusted proxy states it, that no other test uses. */
const newAddress = () => {
  addresses += 1;
  return `192.0.2.${addresses}`;
};

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly retryAfter: string | null;
}
const post = async (
  url: string,
  address: string,
  headers: Headers = {},
  body: NonNullable<RequestInit['body']> = '{}',
): Promise<Answer> => {
  const init = { method: 'POST', body, headers: { 'x-forwarded-for': address, ...headers }, duplex: 'half' };
  const response = await fetch(url, init as RequestInit);
  const { code } = (await response.json()) as { code?: string };
  return { status: response.status, ...(code && { code }), retryAfter: response.headers.get('retry-after') };
};
const statusOf = async (...given: Parameters<typeof post>) => (await post(...given)).status;
const times = async (count: number, send: () => Promise<number>) => {
  const statuses: number[] = [];
  for (let n = 0; n < count; n += 1) statuses.push(await send());
  return statuses;
};

const recorded = async ({ webhookId }: TestWebhook) => {
  const events = await Array.fromAsync(t.store.readStream(streams.rejections(webhookId)));
  return events.map(parseEvent).filter((event) => event.type === 'WebhookRequestRefused');
};
const newUrl = () => `${t.url}/api/v1/boards/${newRandomId()}/webhooks/${newRandomId()}`;
const chunked = () => new Blob(['x'.repeat(maxBytes + 1)]).stream();

/**
 * What an address may do before a proven request to another webhook or to the same one. The statuses are those of the last attempt within
 * the limit and of the next one.
 */
const before: readonly [
  what: string,
  act: (address: string, a: TestWebhook) => Promise<number>,
  number,
  number,
][] = [
  ['signs wrongly', (address, a) => statusOf(a.url, address, wrong), 403, 429],
  ['does not sign', (address, a) => statusOf(a.url, address), 403, 429],
  [
    'sends a malformed signature',
    (address, a) => statusOf(a.url, address, { 'x-webhook-signature': 'x' }),
    403,
    429,
  ],
  ['asks for made-up ids', (address) => statusOf(newUrl(), address), 404, 429],
  [
    'asks for one made-up webhook',
    (address, a) => statusOf(a.url.replace(/.{12}$/, 'a'.repeat(12)), address),
    404,
    429,
  ],
  [
    'asks for malformed webhook ids',
    (address) => statusOf(`${t.url}/api/v1/boards/1/webhooks/1`, address),
    404,
    429,
  ],
  [
    'asks for the webhook under another board',
    (address, a) => statusOf(a.url.replace(a.boardId, newRandomId()), address),
    404,
    429,
  ],
  ['sends too long a body, undeclared', (address, a) => statusOf(a.url, address, wrong, chunked()), 413, 413],
  [
    'sends too long a body, declared',
    (address, a) => statusOf(a.url, address, wrong, 'x'.repeat(maxBytes + 1)),
    413,
    413,
  ],
  [
    'compresses',
    (address, a) => statusOf(a.url, address, { ...wrong, 'content-encoding': 'gzip' }),
    415,
    415,
  ],
];

describe('an address that', () => {
  it.each(before)(
    '%s does not block a proven request, to a new webhook or the same one',
    async (_, act, ...answers) => {
      const address = newAddress();
      const a = await t.createWebhook({ secret });
      const [last, next] = answers;
      expect(await times(limit + 2, () => act(address, a))).toEqual([...Array(limit).fill(last), next, next]);
      const b = await t.createWebhook({ secret });
      expect(await statusOf(b.url, address, right)).toBe(202);
      expect(await statusOf(b.url, address, wrong)).toBe(403);
      expect(await statusOf(a.url, address, right)).toBe(202);
      expect(await statusOf((await t.createWebhook()).url, address)).toBe(202);
    },
  );

  it('keeps using the URL of a deleted webhook uses up its unknown ids, and nothing else', async () => {
    const address = newAddress();
    const [deleted, b] = [await t.createWebhook({ secret }), await t.createWebhook({ secret })];
    expect(await statusOf(deleted.url, address, right)).toBe(202);
    await t.command(deleted, { type: 'DeleteWebhook', cleanupMemory: false });
    // At first it is still cached, and read again because the signature is wrong.
    const answers = await times(limit + 1, () => statusOf(deleted.url, address, wrong));
    expect(answers).toEqual([...Array(limit).fill(404), 429]);
    expect(await statusOf(newUrl(), address)).toBe(429);
    expect(await statusOf(b.url, address, right)).toBe(202);
    expect(await recorded(deleted)).toEqual([]);
  });

  it('is over the limit of its webhook has not failed', async () => {
    const address = newAddress();
    const [a, b] = [await t.createWebhook({ secret }), await t.createWebhook({ secret })];
    const answers = await times(5 + 2 * limit, () => statusOf(a.url, address, right));
    expect(answers).toEqual([...Array(5).fill(202), ...Array(2 * limit).fill(429)]);
    expect(await post(a.url, address, right)).toMatchObject({ code: 'webhook_rate_limited' });
    expect(await post(a.url, address, wrong)).toMatchObject({ status: 403, code: 'signature_invalid' });
    expect(await statusOf(b.url, address, right)).toBe(202);
  });

  it('sends a proven request to a disabled webhook has not failed', async () => {
    const address = newAddress();
    const disabled = await t.createWebhook({ secret, enabled: false });
    expect(await times(2 * limit, () => statusOf(disabled.url, address, right))).toEqual(
      Array(2 * limit).fill(410),
    );
    expect(await statusOf(disabled.url, address, wrong)).toBe(403);
  });

  it('sends too large a body to a webhook without a secret has not failed: no proof is needed', async () => {
    const address = newAddress();
    const open = await t.createWebhook();
    await times(2 * limit, () => statusOf(open.url, address, {}, chunked()));
    await t.command(open, { type: 'UpdateWebhook', allowedIps: ['198.51.100.1'] });
    await expect.poll(() => statusOf(open.url, address, {}, chunked())).toBe(403);
  });

  it('sends too large a body where a proof is needed has failed, like one that signs wrongly', async () => {
    const address = newAddress();
    const a = await t.createWebhook({ secret });
    await times(limit, () => statusOf(a.url, address, right, chunked()));
    expect(await statusOf(a.url, address, wrong)).toBe(429);
    expect(await statusOf(a.url, address, right)).toBe(202);
  });

  it('is not in allowed_ips has failed, at that webhook only', async () => {
    const address = newAddress();
    const [a, b] = [
      await t.createWebhook({ allowedIps: ['198.51.100.1'] }),
      await t.createWebhook({ secret }),
    ];
    expect(await times(limit + 1, () => statusOf(a.url, address))).toEqual([...Array(limit).fill(403), 429]);
    expect(await statusOf(a.url, newAddress())).toBe(403);
    expect(await statusOf(a.url, '198.51.100.1')).toBe(202);
    expect(await statusOf(b.url, address, right)).toBe(202);
  });
});

describe('too many failed attempts', () => {
  it('are answered 429 with the time to wait, and recorded with the reason', async () => {
    const address = newAddress();
    const a = await t.createWebhook({ secret });
    await times(limit, () => statusOf(a.url, address, wrong));
    const answer = await post(a.url, address, wrong);
    expect(answer).toMatchObject({ status: 429, code: 'too_many_rejected_requests' });
    expect(Number(answer.retryAfter)).toBeGreaterThan(500);
    await waitFor(async () => (await recorded(a)).length === limit + 1);
    expect((await recorded(a)).at(-1)?.data).toMatchObject({
      status: 429,
      code: 'too_many_refused_requests',
      cause: 'digest_mismatch',
      sourceIp: address,
    });
  });

  it('count together for one IPv6 customer, and separately for others', async () => {
    const a = await t.createWebhook({ secret });
    const from = (address: string) => statusOf(a.url, address, wrong);
    expect([await from('2001:db8::1'), await from('2001:db8::2'), await from('2001:db8::3:1')]).toEqual([
      403, 403, 403,
    ]);
    expect(await from('2001:db8::4')).toBe(429);
    expect(await from('2001:db8:0:1::1')).toBe(403);
    expect(await statusOf(a.url, '2001:db8::5', right)).toBe(202);
  });

  it('do not delay a change of the secret: the next request with the new one is accepted', async () => {
    const address = newAddress();
    const a = await t.createWebhook({ secret: 'old' });
    for (let round = 0; round < 10; round += 1) {
      const flood = Array.from({ length: 20 }, () => statusOf(a.url, address, wrong));
      const encrypted = await t.keyring.encrypt(`webhook:${a.webhookId}`, `new ${round}`);
      await t.command(a, { type: 'UpdateWebhook', secret: encrypted, enabled: true });
      const digest = createHmac('sha256', `new ${round}`).update('{}').digest('hex');
      const status = await statusOf(a.url, newAddress(), { 'x-webhook-signature': digest });
      expect(round < 5 ? 202 : 429).toBe(status);
      await Promise.all(flood);
    }
  });
});

it('60 of each kind, as the default limit allows, do not block another webhook', async () => {
  const other = await startTestGateway({ env: { WEBHOOK_REJECTION_RATE_LIMIT: '60/600' } });
  const a = await other.createWebhook({ secret });
  const b = await other.createWebhook({ secret });
  const send = (url: string, headers: Headers) => statusOf(url, '127.0.0.1', headers);
  const unknown = a.url.replace(a.webhookId, newRandomId());
  const kinds = [a.url, unknown].map((url) =>
    Promise.all(Array.from({ length: 61 }, () => send(url, wrong))),
  );
  const [failed, notFound] = await Promise.all(kinds);
  expect(failed?.sort()).toEqual([...Array(60).fill(403), 429]);
  expect(notFound?.sort()).toEqual([...Array(60).fill(404), 429]);
  expect(await send(b.url, right)).toBe(202);
  await other.stop();
});
