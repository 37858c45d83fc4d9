import { afterAll, beforeAll, expect, it } from 'vitest';
import { exchange } from '../testing/exchange.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

let t: TestGateway;

beforeAll(async () => {
  t = await startTestGateway();
});
afterAll(() => t.stop());

const post = (path: string, headers: readonly string[], body: string) =>
  [`POST ${path} HTTP/1.1`, 'Host: localhost', ...headers, '', body].join('\r\n');

it.each([
  ['garbage', ['Content-Length: 2'], 1, () => '\0garbage', [202, 400]],
  ['bytes after "close"', ['Content-Length: 2', 'Connection: close'], 1, () => 'GET / HTTP/1.1\r\n', [202]],
  ['garbage after two requests', ['Content-Length: 2'], 2, () => '\0garbage', [202, 202, 400]],
  [
    'a body that becomes malformed',
    ['Content-Length: 2'],
    1,
    (path: string) => post(path, ['Transfer-Encoding: chunked'], '2\r\n[]\r\nzz\r\n'),
    [202, 400],
  ],
])('%s does not cost the previous request its response', async (_, headers, requests, after, statuses) => {
  const webhook = await t.createWebhook();
  const good = post(webhook.path, headers, '{}').repeat(requests);
  const { answers } = await exchange(t.port, [good + after(webhook.path)], { answers: statuses.length });
  expect(answers.map(({ status }) => status)).toEqual(statuses);
  expect(await t.payloads(webhook.webhookId)).toHaveLength(requests);
});

it('a body that becomes malformed after its response gets no second response', async () => {
  const webhook = await t.createWebhook();
  const head = post(`${webhook.path}0`, ['Content-Length: 9'], '');
  const { answers } = await exchange(t.port, [head], { answers: 1, disconnects: 'after_response' });
  expect(answers.map(({ status }) => status)).toEqual([404]);
});

it('a request for a protocol upgrade is the last one on its connection', async () => {
  const webhook = await t.createWebhook();
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Content-Length: 2'];
  const { answers, connection } = await exchange(t.port, [post(webhook.path, upgrade, '{}')], { answers: 1 });
  expect(answers.map(({ status, headers }) => [status, headers.get('connection')])).toEqual([[202, 'close']]);
  expect(connection).toBe('closed');
});
