import { afterAll, beforeAll, expect, it } from 'vitest';
import { exchange } from '../testing/exchange.ts';
import { startTestGateway, type TestGateway, type TestWebhook } from '../testing/test-gateway.ts';

let t: TestGateway;
let webhook: TestWebhook;

beforeAll(async () => {
  t = await startTestGateway();
  webhook = await t.createWebhook();
});
afterAll(() => t.stop());

const answerTo = async (version: string, headers: readonly string[], body: string) => {
  const request = [`POST ${webhook.path}${version}`, ...headers, '', body].join('\r\n');
  const { answers, connection } = await exchange(t.port, [request], { answers: 1 });
  return { ...answers[0], count: answers.length, connection };
};
const length = 'Content-Length: 2';
const chunked = '2\r\n{}\r\n0\r\n\r\n';

it.each([
  ['no version', '', [], ''],
  ['HTTP/2.0 in plain text', ' HTTP/2.0', ['Host: a', length], '{}'],
  ['no Host', ' HTTP/1.1', [length], '{}'],
  ['two Host headers', ' HTTP/1.1', ['Host: a', 'host: b', length], '{}'],
  ['the same Host twice', ' HTTP/1.1', ['Host: a', 'Host: a', length], '{}'],
  ['a Host with a path', ' HTTP/1.1', ['Host: a/b', length], '{}'],
  ['a Host with a user', ' HTTP/1.1', ['Host: a@b', length], '{}'],
  ['a list of Hosts', ' HTTP/1.1', ['Host: a, b', length], '{}'],
  ['another transfer coding', ' HTTP/1.1', ['Host: a', 'Transfer-Encoding: gzip, chunked'], chunked],
  ['chunking in HTTP/1.0', ' HTTP/1.0', ['Host: a', 'Transfer-Encoding: chunked'], chunked],
] as const)('%s is 400 and ends the connection', async (_, version, headers, body) => {
  const answer = await answerTo(version, headers, body);
  expect(answer).toMatchObject({ status: 400, count: 1, connection: 'closed' });
  const { code, request_id } = JSON.parse(answer.body ?? '');
  expect([code, request_id]).toEqual(['bad_request', answer.headers?.get('x-request-id')]);
  expect(await t.payloads(webhook.webhookId)).toEqual([]);
});

it('an unsupported expectation is 417', async () => {
  const answer = await answerTo(' HTTP/1.1', ['Host: a', 'Expect: 200-ok', length], '{}');
  expect(answer).toMatchObject({ status: 417, count: 1 });
  expect(JSON.parse(answer.body ?? '')).toMatchObject({ code: 'expectation_failed' });
});

it.each(['a', 'a.example:8000', '192.0.2.1:80', '[2001:db8::1]:80', ''])(
  'the Host "%s" is valid',
  async (host) => {
    const before = (await t.payloads(webhook.webhookId)).length;
    const answer = await answerTo(' HTTP/1.1', [`Host: ${host}`, length], '{}');
    expect(answer).toMatchObject({ status: 202, connection: 'kept' });
    expect(await t.payloads(webhook.webhookId)).toHaveLength(before + 1);
  },
);
