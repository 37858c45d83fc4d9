import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { newRandomId } from '@mission-control/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawAnswer, rawRequest } from '../testing/raw-request.ts';
import { startTestGateway, type TestGateway, type TestWebhook } from '../testing/test-gateway.ts';

const maxBytes = 1_000;
const secret = 'tell nobody';
const unknown = `/api/v1/boards/${newRandomId()}/webhooks/${newRandomId()}`;

let t: TestGateway;
let open: TestWebhook;
let signed: TestWebhook;
let disabled: TestWebhook;
let deleted: TestWebhook;
/** Allows other addresses, but not ours. */
let elsewhere: TestWebhook;

beforeAll(async () => {
  t = await startTestGateway({ env: { WEBHOOK_MAX_PAYLOAD_BYTES: String(maxBytes) } });
  open = await t.createWebhook();
  signed = await t.createWebhook({ secret });
  disabled = await t.createWebhook({ secret, enabled: false });
  deleted = await t.createWebhook();
  await t.command(deleted, { type: 'DeleteWebhook', cleanupMemory: false });
  elsewhere = await t.createWebhook({ secret, enabled: false, allowedIps: ['192.0.2.0/24'] });
});
afterAll(() => t.stop());

const signature = (body: string) =>
  `X-Webhook-Signature: ${createHmac('sha256', secret).update(body).digest('hex')}`;

const bytes = (path: string, headers: readonly string[], body: string) =>
  [`POST ${path} HTTP/1.1`, 'Host: localhost', ...headers, '', body].join('\r\n');
const length = (body: string) => `Content-Length: ${body.length}`;
const chunked = (...chunks: string[]) =>
  [...chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`), '0\r\n\r\n'].join('');

const tooLong = 'x'.repeat(maxBytes + 1);
const atLimit = 'x'.repeat(maxBytes);

/** Each request breaks several rules. The first rule in the order decides. */
const cases: readonly [name: string, send: () => string, status: number, code: string | null][] = [
  ['accepted', () => bytes(open.path, [length('{}')], '{}'), 202, null],
  ['accepted, empty', () => bytes(open.path, ['Content-Length: 0'], ''), 202, null],
  ['accepted, without length and body', () => bytes(open.path, [], ''), 202, null],
  ['accepted, chunked', () => bytes(open.path, ['Transfer-Encoding: chunked'], chunked('{', '}')), 202, null],
  ['accepted at the limit', () => bytes(open.path, [length(atLimit)], atLimit), 202, null],
  [
    'accepted, identity',
    () => bytes(open.path, [length('{}'), 'Content-Encoding: Identity'], '{}'),
    202,
    null,
  ],
  [
    'accepted with an invalid Content-Type',
    () => bytes(open.path, [length('{}'), 'Content-Type: ;;=,'], '{}'),
    202,
    null,
  ],
  ['accepted with a query', () => bytes(`${open.path}?a=%2f..&b`, [length('{}')], '{}'), 202, null],
  [
    'accepted, ids in upper case',
    () =>
      bytes(
        `/api/v1/boards/${open.boardId.toUpperCase()}/webhooks/${open.webhookId.toUpperCase()}`,
        [length('{}')],
        '{}',
      ),
    202,
    null,
  ],
  ['accepted, signed', () => bytes(signed.path, [length('{}'), signature('{}')], '{}'), 202, null],

  [
    'declared too long, encoded, to an unknown webhook',
    () => bytes(unknown, [`Content-Length: ${maxBytes + 1}`, 'Content-Encoding: gzip'], ''),
    413,
    'payload_too_large',
  ],
  [
    'declared far too long',
    () => bytes(open.path, ['Content-Length: 99999999999999'], ''),
    413,
    'payload_too_large',
  ],
  [
    'length and chunking',
    () => bytes(open.path, ['Content-Length: 2', 'Transfer-Encoding: chunked'], chunked('{}')),
    400,
    'bad_request',
  ],
  [
    'two lengths',
    () => bytes(open.path, ['Content-Length: 2', 'Content-Length: 3'], '{}'),
    400,
    'bad_request',
  ],
  ['a length that is not a number', () => bytes(open.path, ['Content-Length: 2x'], '{}'), 400, 'bad_request'],
  ['a negative length', () => bytes(open.path, ['Content-Length: -1'], '{}'), 400, 'bad_request'],
  [
    'chunking hidden behind another coding',
    () => bytes(open.path, ['Transfer-Encoding: chunked, identity'], '{}'),
    400,
    'bad_request',
  ],
  [
    'a chunk without a size',
    () => bytes(open.path, ['Transfer-Encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n'),
    400,
    'bad_request',
  ],
  [
    'encoded, to an unknown webhook',
    () => bytes(unknown, [length('{}'), 'Content-Encoding: gzip'], '{}'),
    404,
    'webhook_not_found',
  ],
  [
    'encoded, from an address that is not allowed, too long when counted, to a disabled webhook',
    () =>
      bytes(elsewhere.path, ['Transfer-Encoding: chunked', 'Content-Encoding: gzip'], chunked(atLimit, 'x')),
    415,
    'unsupported_content_encoding',
  ],
  [
    'unknown webhook, too long',
    () => bytes(unknown, ['Transfer-Encoding: chunked'], chunked(tooLong)),
    404,
    'webhook_not_found',
  ],
  ['unknown webhook', () => bytes(unknown, [length('{}')], '{}'), 404, 'webhook_not_found'],
  [
    'malformed webhook id',
    () => bytes(`/api/v1/boards/${open.boardId}/webhooks/1`, [length('{}')], '{}'),
    404,
    'webhook_not_found',
  ],
  [
    'malformed board id',
    () => bytes(`/api/v1/boards/1/webhooks/${open.webhookId}`, [length('{}')], '{}'),
    404,
    'webhook_not_found',
  ],
  [
    "another board's webhook",
    () => bytes(`/api/v1/boards/${signed.boardId}/webhooks/${open.webhookId}`, [length('{}')], '{}'),
    404,
    'webhook_not_found',
  ],
  ['deleted webhook', () => bytes(deleted.path, [length('{}')], '{}'), 404, 'webhook_not_found'],
  [
    'from an address that is not allowed, too long when counted, unsigned, to a disabled webhook',
    () => bytes(elsewhere.path, ['Transfer-Encoding: chunked'], chunked(atLimit, 'x')),
    403,
    'source_not_allowed',
  ],
  [
    'too long when counted, unsigned',
    () => bytes(signed.path, ['Transfer-Encoding: chunked'], chunked(atLimit, 'x')),
    413,
    'payload_too_large',
  ],
  [
    'unsigned, to a disabled webhook',
    () => bytes(disabled.path, [length('{}')], '{}'),
    403,
    'signature_missing',
  ],
  [
    'wrongly signed, to a disabled webhook',
    () => bytes(disabled.path, [length('{}'), signature('[]')], '{}'),
    403,
    'signature_invalid',
  ],
  [
    'signed, to a disabled webhook',
    () => bytes(disabled.path, [length('{}'), signature('{}')], '{}'),
    410,
    'webhook_disabled',
  ],
  [
    'a header too large',
    () => bytes(open.path, [length('{}'), `X-Big: ${'x'.repeat(20_000)}`], '{}'),
    431,
    'headers_too_large',
  ],
  ['not HTTP at all', () => '\u0016\u0003\u0001\r\n\r\n', 400, 'bad_request'],
];

const errorOf = (answer: RawAnswer) =>
  JSON.parse(answer.body) as { code: string; detail: string; request_id: string };

describe('a request that breaks several rules is answered for the first one', () => {
  it.each(cases)('%s', async (_, send, status, code) => {
    const answer = await rawRequest(t.port, [send()]);
    expect(answer.status).toBe(status);
    if (code === null) {
      expect(JSON.parse(answer.body)).toMatchObject({ ok: true });
      return;
    }
    const error = errorOf(answer);
    expect(error.code).toBe(code);
    expect(error.detail).toMatch(/^[A-Z].*\.$/);
    expect(error.request_id).toBe(answer.headers.get('x-request-id'));
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.has('retry-after')).toBe(status === 503);
  });

  it('uses the documented error texts for signatures and disabled webhooks', async () => {
    const details = await Promise.all(
      [
        bytes(signed.path, [length('{}')], '{}'),
        bytes(signed.path, [length('{}'), signature('[]')], '{}'),
        bytes(disabled.path, [length('{}'), signature('{}')], '{}'),
      ].map(async (text) => errorOf(await rawRequest(t.port, [text])).detail),
    );
    expect(details).toEqual([
      'Missing webhook signature header.',
      'Invalid webhook signature.',
      'Webhook is disabled.',
    ]);
  });
});

describe('a body', () => {
  it('that ends early is not stored', async () => {
    const webhook = await t.createWebhook();
    const answer = await rawRequest(t.port, [bytes(webhook.path, ['Content-Length: 10'], '{"a"')], {
      end: true,
    });
    expect([0, 400]).toContain(answer.status);
    expect(await t.payloads(webhook.webhookId)).toEqual([]);
  });

  it('is stored byte for byte however it is split', async () => {
    const webhook = await t.createWebhook();
    const body = Buffer.from([0, 255, 13, 10, 128, 48]);
    const head = bytes(webhook.path, [`Content-Length: ${body.length}`], '');
    const answer = await rawRequest(t.port, [
      head.slice(0, 20),
      head.slice(20),
      body.subarray(0, 1),
      body.subarray(1),
    ]);
    expect(answer.status).toBe(202);
    const [payload] = await t.payloads(webhook.webhookId);
    expect(payload?.body).toEqual({ enc: null, encoding: 'base64', data: body.toString('base64') });
  });

  it('that never ends gets a response and is cut off', async () => {
    const socket = connect(t.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString();
    });
    const closed = new Promise<void>((resolve) =>
      socket.once('close', () => resolve()).on('error', () => {}),
    );
    socket.write(bytes(open.path, ['Transfer-Encoding: chunked'], ''));
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const writeChunks = () => {
      while (socket.writable && socket.write(chunk));
      if (socket.writable) socket.once('drain', writeChunks);
    };
    writeChunks();
    await closed;
    expect(received).toMatch(/^HTTP\/1.1 413 /);
  });
});

describe('request ids', () => {
  it.each([
    ['my-request.1_A', 'my-request.1_A'],
    ['no spaces', null],
    ['x'.repeat(65), null],
    ['"quoted"', null],
  ])('%s', async (given, expected) => {
    const answer = await rawRequest(t.port, [
      bytes(open.path, [length('{}'), `X-Request-Id: ${given}`], '{}'),
    ]);
    const id = answer.headers.get('x-request-id');
    if (expected) expect(id).toBe(expected);
    else expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });
});
