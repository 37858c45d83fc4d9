import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../testing/raw-request.ts';
import { startTestGateway, type TestGateway, type TestWebhook } from '../testing/test-gateway.ts';
import { startUpstream, type Upstream } from '../testing/upstream.ts';

let upstream: Upstream;
let t: TestGateway;
let webhook: TestWebhook;
beforeAll(async () => {
  upstream = await startUpstream((_, response) => response.writeHead(204).end());
  t = await startTestGateway({ env: { ADMIN_API_URL: upstream.url } });
  webhook = await t.createWebhook();
});
afterAll(async () => {
  await t.stop();
  await upstream.stop();
});

const paths = [
  ['a webhook', () => webhook.path],
  ['a webhook, with a trailing slash', () => `${webhook.path}/`],
  ['a webhook, with a query', () => `${webhook.path}?a=b`],
  ['an unknown webhook', () => webhook.path.replace(webhook.webhookId, crypto.randomUUID())],
  ['an unknown board', () => webhook.path.replace(webhook.boardId, crypto.randomUUID())],
  ['invalid ids', () => '/api/v1/boards/x/webhooks/y'],
] as const;

describe.each(paths)('the URL of %s', (_, path) => {
  it.each([
    ['PUT', '{}'],
    ['OPTIONS', ''],
    ['TRACE', ''],
    ['PROPFIND', '<propfind/>'],
    ['QUERY', '{}'],
    ['PURGE', ''],
    ['M-SEARCH', ''],
    ['MKCOL', ''],
    ['LINK', ''],
    ['SUBSCRIBE', ''],
  ])('answers %s with 405, which states that events are sent by POST', async (method, body) => {
    const head = `${method} ${path()} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answer = await rawRequest(t.port, [head + body]);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    expect(JSON.parse(answer.body)).toEqual({
      code: 'method_not_allowed',
      detail: 'Send events to a webhook with POST.',
      request_id: answer.headers.get('x-request-id'),
    });
    expect(upstream.seen).toEqual([]);
    expect(await t.payloads(webhook.webhookId)).toEqual([]);
  });
});

it.each([
  ['only Origin', 'Origin: https://forms.example.com'],
  ['only the requested method', 'Access-Control-Request-Method: POST'],
  ['a permission request of another protocol', 'WebHook-Request-Origin: eventemitter.example.com'],
])('OPTIONS with %s is not a preflight', async (_, line) => {
  const answer = await rawRequest(t.port, [`OPTIONS ${webhook.path} HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n`]);
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
});

it('a body that follows a 405 is not treated as the next request', async () => {
  const hidden = `POST ${webhook.path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}`;
  const answer = await rawRequest(t.port, [
    `PUT ${webhook.path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  ]);
  expect(answer.status).toBe(405);
  const after = await fetch(`${t.url}/healthz`);
  expect(after.status).toBe(200);
  expect(await t.payloads(webhook.webhookId)).toEqual([]);
});
