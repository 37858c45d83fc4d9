import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../testing/raw-request.ts';
import { startTestGateway, type TestGateway, type TestWebhook } from '../testing/test-gateway.ts';
import { startUpstream, type Upstream } from '../testing/upstream.ts';

const page = 'https://forms.example.com';
const consolePage = 'https://console.example.com:8443';
const shop = { secret: 's', signatureScheme: 'shopify' } as const;

let upstream: Upstream;
let t: TestGateway;
let webhook: TestWebhook;
beforeAll(async () => {
  upstream = await startUpstream((_, response) => response.writeHead(401).end('{}'));
  t = await startTestGateway({
    env: {
      ADMIN_API_URL: upstream.url,
      CORS_ORIGINS: `${consolePage},${page}`,
      WEBHOOK_MAX_PAYLOAD_BYTES: '100',
      WEBHOOK_RATE_LIMIT: '2/600',
    },
  });
  webhook = await t.createWebhook({ signatureScheme: 'token', secret: 's' });
});
afterAll(async () => {
  await t.stop();
  await upstream.stop();
});

const preflight = (url: string, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'OPTIONS',
    headers: { origin: page, 'access-control-request-method': 'POST', ...headers },
  });
const named = (response: Response, name: string) =>
  (response.headers.get(name) ?? '').split(', ').map((one) => one.toLowerCase());
const corsHeaders = (headers: Headers) =>
  [...headers.keys()].filter((name) => name.startsWith('access-control'));
const unknownUrl = () => `${t.url}/api/v1/boards/${crypto.randomUUID()}/webhooks/${crypto.randomUUID()}`;

/** What a page may read of a response from a raw connection. */
const readable = { 'access-control-allow-origin': page, vary: 'Origin' };

describe('the preflight of a webhook request', () => {
  it.each([
    ['a token', 'x-webhook-token'],
    ['a signature', 'x-hub-signature-256'],
    ['a signature with its time and id', 'webhook-id,webhook-signature,webhook-timestamp'],
    ['a header that only this webhook uses', 'content-type,x-acme.sig!,x-acme-delivery'],
    ['a list of names with spaces', 'Content-Type, X-Webhook-Token , x-b3-traceid'],
  ])('allows %s', async (_, headers) => {
    const response = await preflight(webhook.url, { 'access-control-request-headers': headers });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(page);
    expect(named(response, 'access-control-allow-methods')).toContain('post');
    const allowed = named(response, 'access-control-allow-headers');
    for (const name of headers.split(',')) expect(allowed).toContain(name.trim().toLowerCase());
    expect(new Set(allowed).size).toBe(allowed.length);
    expect(named(response, 'vary')).toEqual(['origin', 'access-control-request-headers']);
    expect(response.headers.has('access-control-allow-credentials')).toBe(false);
  });

  it.each([
    ['an invalid header name', 'x-webhook-token,"x"'],
    ['an empty name', 'x-webhook-token,,x-a'],
    ['a space in a name', 'x webhook-token'],
    ['more than 2,048 characters', `x-webhook-token,${'x'.repeat(2_048)}`],
  ])('with %s in its header list allows only the usual headers', async (_, headers) => {
    const response = await preflight(webhook.url, { 'access-control-request-headers': headers });
    expect(response.status).toBe(204);
    expect(named(response, 'access-control-allow-headers')).toEqual([
      'authorization',
      'content-type',
      'x-agent-token',
      'x-request-id',
      'last-event-id',
    ]);
  });

  it.each([
    ['a webhook', () => webhook.url],
    ['a webhook with a trailing slash and a query', () => `${webhook.url}/?a=b`],
    ['an unknown webhook', unknownUrl],
    ['invalid ids', () => `${t.url}/api/v1/boards/x/webhooks/y`],
    ['an almost correct URL', () => webhook.url.replace('/webhooks', '//webhooks')],
  ])('is the same for %s, and does not reach the admin API', async (_, url) => {
    const before = upstream.seen.length;
    const response = await preflight(url(), { 'access-control-request-headers': 'x-webhook-token' });
    const { date, 'x-request-id': id, ...headers } = Object.fromEntries(response.headers);
    expect([response.status, headers]).toEqual([
      204,
      {
        'access-control-allow-headers':
          'Authorization, Content-Type, X-Agent-Token, X-Request-Id, Last-Event-ID, x-webhook-token',
        'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE',
        'access-control-allow-origin': page,
        'access-control-expose-headers': 'X-Request-Id, Retry-After, X-Payload-Receipt, Preference-Applied',
        'access-control-max-age': '600',
        connection: 'keep-alive',
        'keep-alive': expect.any(String),
        vary: 'Origin, Access-Control-Request-Headers',
      },
    ]);
    expect(upstream.seen.length).toBe(before);
  });
});

describe('the response to a webhook request', () => {
  const post = (url: string, init: RequestInit = {}) =>
    fetch(url, { method: 'POST', body: '{}', ...init, headers: { origin: page, ...init.headers } });
  const fresh = (settings: Parameters<TestGateway['createWebhook']>[0] = {}) => t.createWebhook(settings);

  it.each([
    [202, async () => post((await fresh()).url)],
    [202, async () => post(webhook.url, { headers: { 'x-webhook-token': 's' } })],
    [202, async () => post(`${(await fresh()).url}/`)],
    [
      200,
      async () =>
        post((await fresh({ signatureScheme: 'slack' })).url, {
          body: '{"type":"url_verification","challenge":"c"}',
        }),
    ],
    [400, async () => post(`${(await fresh()).url}%0A`)],
    [400, async () => post(`${(await fresh()).url}%zz`)],
    [403, async () => post((await fresh({ secret: 's' })).url)],
    [401, async () => post((await fresh(shop)).url, { headers: { 'x-shopify-hmac-sha256': 'AAAA' } })],
    [403, async () => post((await fresh({ allowedIps: ['192.0.2.1/32'] })).url)],
    [404, async () => post(unknownUrl())],
    [404, async () => post(`${(await fresh()).url}//`)],
    [405, async () => post((await fresh()).url, { method: 'PUT' })],
    [410, async () => post((await fresh({ enabled: false })).url)],
    [413, async () => post((await fresh()).url, { body: 'x'.repeat(101) })],
    [415, async () => post((await fresh()).url, { headers: { 'content-encoding': 'br' } })],
    [
      429,
      async () => {
        const { url } = await fresh();
        for (const _ of [1, 2]) await post(url);
        return post(url);
      },
    ],
    [401, async () => fetch((await fresh()).url, { headers: { origin: page } })],
  ])('with status %i is readable by the page', async (status, send) => {
    const response = await send();
    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBe(page);
    expect(named(response, 'access-control-expose-headers')).toEqual([
      'x-request-id',
      'retry-after',
      'x-payload-receipt',
      'preference-applied',
    ]);
    expect(response.headers.get('vary')).toBe('Origin');
  });

  it.each([
    ['a body that is declared too large', ['Content-Length: 101'], 'x'.repeat(101), 413],
    ['two Host headers', ['Host: b', 'Content-Length: 2'], '{}', 400],
    ['a body with malformed chunks', ['Transfer-Encoding: chunked'], '2\r\n{}\r\nzz\r\n', 400],
  ])('to %s is also readable', async (_, lines, body, status) => {
    const { path } = await fresh();
    const head = [`POST ${path} HTTP/1.1`, 'Host: a', `Origin: ${page}`, ...lines].join('\r\n');
    const answer = await rawRequest(t.port, [`${head}\r\n\r\n${body}`]);
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject(readable);
  });

  it('is readable while the event store is unreachable, and when an address is over its limit of rejections', async () => {
    const away = await startTestGateway({
      env: { CORS_ORIGINS: page, WEBHOOK_REJECTION_RATE_LIMIT: '1/600' },
      throughUrl: async () => new URL('postgres://nobody@127.0.0.1:9/none'),
      ready: false,
    });
    const response = await post(`${away.url}${webhook.path}`);
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([503, page]);
    await away.stop();
    const limited = await startTestGateway({
      env: { CORS_ORIGINS: page, WEBHOOK_REJECTION_RATE_LIMIT: '1/600' },
    });
    await post(`${limited.url}${new URL(unknownUrl()).pathname}`);
    const rejected = await post(`${limited.url}${new URL(unknownUrl()).pathname}`);
    expect([rejected.status, rejected.headers.get('access-control-allow-origin')]).toEqual([429, page]);
    await limited.stop();
  });

  it('names the origin of the requesting page if several are configured', async () => {
    const { url } = await fresh();
    const response = await post(url, { headers: { origin: consolePage } });
    expect(response.headers.get('access-control-allow-origin')).toBe(consolePage);
    expect((await preflight(url, { origin: consolePage })).headers.get('access-control-allow-origin')).toBe(
      consolePage,
    );
  });
});

describe('an origin that is not configured', () => {
  it.each([
    'https://evil.example',
    'null',
    'http://forms.example.com',
    'https://forms.example.com:444',
    'https://forms.example.com.evil.example',
    'https://FORMS.example.com',
    `${page}, ${consolePage}`,
    `${page}/`,
    '',
  ])('%s: neither preflight nor response allows anything', async (origin) => {
    const { url } = await t.createWebhook();
    const asked = await preflight(url, { origin });
    expect([asked.status, asked.headers.get('allow'), corsHeaders(asked.headers)]).toEqual([405, 'POST', []]);
    const answered = await fetch(url, { method: 'POST', body: '{}', headers: { origin } });
    expect([answered.status, corsHeaders(answered.headers)]).toEqual([202, []]);
    for (const { headers } of [asked, answered]) expect(headers.get('vary')).toBe('Origin');
  });
});

it('without configured origins, no response has CORS headers', async () => {
  const closed = await startTestGateway({ env: { ADMIN_API_URL: upstream.url } });
  const { url } = await closed.createWebhook();
  for (const response of [
    await preflight(url, { 'access-control-request-headers': 'x-webhook-token' }),
    await fetch(url, { method: 'POST', body: '{}', headers: { origin: page } }),
    await fetch(url, { headers: { origin: page } }),
  ]) {
    expect(corsHeaders(response.headers)).toEqual([]);
    expect(response.headers.has('vary')).toBe(false);
  }
  await closed.stop();
});

it('the preflight of another path allows only the headers of the API', async () => {
  const response = await preflight(`${t.url}/api/v1/boards`, {
    'access-control-request-headers': 'authorization,x-webhook-token',
  });
  expect(response.status).toBe(204);
  expect(named(response, 'access-control-allow-headers')).not.toContain('x-webhook-token');
  expect(response.headers.get('vary')).toBe('Origin');
});
