import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rawRequest } from '../testing/raw-request.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { startUpstream, type Upstream } from '../testing/upstream.ts';

let upstream: Upstream;
let t: TestGateway;
let streamClosed = 0;

beforeAll(async () => {
  upstream = await startUpstream(({ url }, response) => {
    if (url.startsWith('/stream')) {
      response.on('close', () => {
        streamClosed += 1;
      });
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: memory\ndata: 1\n\n');
      return;
    }
    if (url === '/broken') return void response.destroy();
    if (url === '/busy') return void response.writeHead(503, { 'retry-after': '7' }).end('{}');
    response
      .writeHead(url.startsWith('/created') ? 201 : 200, {
        'content-type': 'application/json',
        'x-request-id': 'upstream-says',
        'keep-alive': 'timeout=1',
        connection: 'keep-alive, x-hop',
        'x-hop': '1',
        'x-kept': '1',
      })
      .end('{"from":"upstream"}');
  });
  t = await startTestGateway({
    env: { ADMIN_API_URL: upstream.url, CORS_ORIGINS: 'https://console.example.com' },
  });
});
afterAll(async () => {
  await t.stop();
  await upstream.stop();
});
beforeEach(() => {
  upstream.seen.length = 0;
});

const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`;

describe('a request that is not ingest', () => {
  it('is forwarded to the admin API unchanged, and the response is returned', async () => {
    const response = await fetch(`${t.url}/created?limit=2&q=%2f`, {
      method: 'POST',
      body: '{"name":  "as sent"}',
      headers: { 'content-type': 'application/json', authorization: 'Bearer t', 'x-request-id': 'mine' },
    });
    expect([response.status, await response.text()]).toEqual([201, '{"from":"upstream"}']);
    expect(response.headers.get('x-request-id')).toBe('mine');
    expect(response.headers.get('x-kept')).toBe('1');
    expect(response.headers.has('x-hop')).toBe(false);
    expect(upstream.seen).toMatchObject([
      {
        method: 'POST',
        url: '/created?limit=2&q=%2f',
        body: '{"name":  "as sent"}',
        headers: { authorization: 'Bearer t', 'content-type': 'application/json', 'x-request-id': 'mine' },
      },
    ]);
  });

  it('is forwarded without hop-by-hop headers and without its claims about where it came from', async () => {
    const answer = await rawRequest(t.port, [
      lines(
        'GET /api/v1/boards HTTP/1.1',
        'Host: public.example',
        'Connection: keep-alive, X-Secret-Hop',
        'X-Secret-Hop: 1',
        'Keep-Alive: timeout=5',
        'TE: trailers',
        'Proxy-Authorization: Basic x',
        'Upgrade: h2c',
        'Expect: 100-continue',
        'X-Forwarded-For: 6.6.6.6',
        'X-Forwarded-Host: evil.example',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Prefix: /evil',
        'Forwarded: for=6.6.6.6',
        'X-Real-IP: 6.6.6.6',
        'X-Agent-Token: kept',
      ),
    ]);
    expect(answer.status).toBe(200);
    const [{ headers } = { headers: {} }] = upstream.seen;
    expect(headers).toMatchObject({
      host: new URL(upstream.url).host,
      'x-agent-token': 'kept',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'public.example',
      'x-forwarded-proto': 'http',
      'x-real-ip': '127.0.0.1',
    });
    for (const gone of [
      'x-secret-hop',
      'keep-alive',
      'te',
      'proxy-authorization',
      'upgrade',
      'expect',
      'forwarded',
      'x-forwarded-prefix',
    ]) {
      expect(headers).not.toHaveProperty(gone);
    }
  });

  it.each(['GET', 'HEAD', 'PATCH', 'DELETE'])("%s of a webhook's URL is forwarded", async (method) => {
    const webhook = await t.createWebhook();
    for (const path of [webhook.path, `${webhook.path}/`]) {
      upstream.seen.length = 0;
      const response = await fetch(`${t.url}${path}`, { method });
      expect(response.status).toBe(200);
      expect(upstream.seen).toMatchObject([{ method, url: path }]);
    }
  });

  it.each(['GET', 'DELETE', 'PATCH'])('%s with a body is read completely', async (method) => {
    const answer = await rawRequest(t.port, [
      `${lines(`${method} /api/v1/agents HTTP/1.1`, 'Host: x', 'Content-Length: 2')}{}`,
    ]);
    expect(answer.status).toBe(200);
  });

  it('with two leading slashes in its path does not reach another host', async () => {
    const answer = await rawRequest(t.port, [lines('GET //evil.example/x HTTP/1.1', 'Host: x')]);
    expect(answer.status).toBe(200);
    expect(upstream.seen).toMatchObject([
      { url: '//evil.example/x', headers: { host: new URL(upstream.url).host } },
    ]);
  });

  it('may have a body of unknown length, which is streamed', async () => {
    const body = new ReadableStream({
      start: (controller) => {
        for (let i = 0; i < 50; i += 1) controller.enqueue(new TextEncoder().encode('x'.repeat(10_000)));
        controller.close();
      },
    });
    await fetch(`${t.url}/api/v1/agents`, { method: 'POST', body, duplex: 'half' });
    expect(upstream.seen[0]?.body).toHaveLength(500_000);
  });

  it('is rejected with 413 if its body is larger than the admin API reads, and is not forwarded', async () => {
    for (const bytes of [2 ** 20 + 1, 5 * 2 ** 20]) {
      const response = await fetch(`${t.url}/api/v1/boards`, { method: 'POST', body: 'x'.repeat(bytes) });
      expect([response.status, await response.json()]).toMatchObject([413, { code: 'body_too_large' }]);
    }
    expect(upstream.seen).toEqual([]);
    await fetch(`${t.url}/api/v1/boards`, { method: 'POST', body: 'x'.repeat(2 ** 20) });
    expect(upstream.seen[0]?.body).toHaveLength(2 ** 20);
  });

  it('may get an event stream, which is passed on immediately and ends when the reader disconnects', async () => {
    const reading = new AbortController();
    const response = await fetch(`${t.url}/stream`, { signal: reading.signal });
    const first = await response.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toContain('data: 1');
    const before = streamClosed;
    reading.abort();
    await waitFor(() => streamClosed > before);
  });

  it("gets the admin API's own rejection immediately", async () => {
    const response = await fetch(`${t.url}/busy`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7']);
    expect(upstream.seen).toHaveLength(1);
  });

  it('is answered 503 when the admin API closes the connection early', async () => {
    const response = await fetch(`${t.url}/broken`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.json()).toMatchObject({ code: 'admin_api_unavailable' });
  });
});

describe('a request that resembles ingest', () => {
  it.each([
    ['two trailing slashes', (path: string) => `${path}//`, 404],
    ['a missing slash', (path: string) => path.replace('/webhooks', 'webhooks'), 404],
    ['a double slash', (path: string) => `/${path}`, 404],
    ['different case', (path: string) => path.replace('boards', 'Boards'), 404],
    ['encoded letters', (path: string) => path.replace('boards', '%62oards'), 404],
    ['an encoded slash', (path: string) => path.replace('/webhooks', '%2Fwebhooks'), 400],
    ['a dot segment', (path: string) => `/x/..${path}`, 400],
    ['an encoded dot segment', (path: string) => `/x/%2e%2e${path}`, 400],
    ['an absolute URL', (path: string) => `http://127.0.0.1${path}`, 400],
    ['an invalid percent escape', (path: string) => `${path}%zz`, 400],
  ])('with %s is answered by the gateway and reaches no backend', async (_, change, status) => {
    const webhook = await t.createWebhook();
    const answer = await rawRequest(t.port, [
      `${lines(`POST ${change(webhook.path)} HTTP/1.1`, 'Host: x', 'Content-Length: 2')}{}`,
    ]);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ code: status === 400 ? 'bad_path' : 'not_found' });
    expect(upstream.seen).toEqual([]);
    expect(await t.payloads(webhook.webhookId)).toEqual([]);
  });

  it('with a method override header is still ingest', async () => {
    const webhook = await t.createWebhook();
    const response = await fetch(webhook.url, {
      method: 'POST',
      body: '{}',
      headers: { 'x-http-method-override': 'DELETE' },
    });
    expect(response.status).toBe(202);
    expect(upstream.seen).toEqual([]);
  });
});

describe('health', () => {
  it('is answered by the gateway, without reasons', async () => {
    const answers = await Promise.all(
      ['/healthz', '/readyz'].map(async (path) => {
        const response = await fetch(`${t.url}${path}`);
        return [response.status, await response.json()];
      }),
    );
    expect(answers).toEqual([
      [200, { status: 'ok' }],
      [200, { status: 'ok' }],
    ]);
    expect(upstream.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});

describe('pages of other origins', () => {
  it('may read responses if their origin is configured', async () => {
    const response = await fetch(`${t.url}/api/v1/boards`, {
      headers: { origin: 'https://console.example.com' },
    });
    expect(response.headers.get('access-control-allow-origin')).toBe('https://console.example.com');
    expect(response.headers.get('vary')).toContain('Origin');
    expect(response.headers.has('access-control-allow-credentials')).toBe(false);
  });

  it('may not read responses otherwise', async () => {
    const response = await fetch(`${t.url}/api/v1/boards`, { headers: { origin: 'https://evil.example' } });
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
  });

  it('get their preflights answered by the gateway', async () => {
    const response = await fetch(`${t.url}/api/v1/boards`, {
      method: 'OPTIONS',
      headers: { origin: 'https://console.example.com', 'access-control-request-method': 'PATCH' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(upstream.seen).toEqual([]);
  });
});

it.each([
  ['an unsupported method', 'PROPFIND', [], 404, 'not_found'],
  ['a QUERY without a Content-Type', 'QUERY', ['Content-Length: 2', '', '{}'], 400, 'bad_request'],
  [
    'an invalid Content-Type',
    'POST',
    ['Content-Type: ;;=,', 'Content-Length: 2', '', '{}'],
    415,
    'unsupported_media_type',
  ],
] as const)('%s gets an error in the usual format', async (_, method, rest, status, code) => {
  const answer = await rawRequest(t.port, [lines(`${method} /x HTTP/1.1`, 'Host: x', ...rest)]);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toMatchObject({ code, request_id: answer.headers.get('x-request-id') });
});
