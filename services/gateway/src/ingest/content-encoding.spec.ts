import { createHash, createHmac } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { type ContentEncoding, contentOf, newRandomId, openBody } from '@mission-control/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GivenSettings, startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { Inflater } from './inflater.ts';

const maxBytes = 10_000;
const secret = 'tell nobody';
const json = '{"id":"e1"}';
const both: readonly ContentEncoding[] = ['gzip', 'deflate'];

let t: TestGateway;
beforeAll(async () => {
  t = await startTestGateway({ env: { WEBHOOK_MAX_PAYLOAD_BYTES: String(maxBytes) } });
});
afterAll(() => t.stop());

interface Sent {
  readonly body: string | Buffer;
  readonly encoding?: string;
  /** What the sender signs; absent: it does not sign. */
  readonly signs?: string | Buffer;
  readonly headers?: Record<string, string>;
}
const hex = (bytes: string | Buffer) => createHmac('sha256', secret).update(bytes).digest('hex');
const post = async (url: string, { body, encoding, signs, headers }: Sent) => {
  const response = await fetch(url, {
    method: 'POST',
    body: Buffer.from(body as string),
    headers: {
      'content-type': 'application/json',
      ...(encoding !== undefined && { 'content-encoding': encoding }),
      ...(signs !== undefined && { 'x-hub-signature-256': `sha256=${hex(signs)}` }),
      ...headers,
    },
  });
  const answer = (await response.json()) as {
    code?: string;
    detail?: string;
    payload_id?: string;
    duplicate?: true;
    challenge?: string;
  };
  const acceptEncoding = response.headers.get('accept-encoding');
  return { status: response.status, ...(acceptEncoding !== null && { acceptEncoding }), ...answer };
};
const webhook = (settings: GivenSettings = {}) => t.createWebhook({ contentEncodings: both, ...settings });
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');
const unsupported = { status: 415, code: 'unsupported_content_encoding' };

describe('an encoded body', () => {
  it.each<[string, Buffer, ContentEncoding]>([
    ['gzip', gzipSync(json), 'gzip'],
    ['x-gzip', gzipSync(json), 'gzip'],
    [' GZip ', gzipSync(json, { level: 1 }), 'gzip'],
    ['deflate', deflateSync(json), 'deflate'],
    ['Deflate', deflateRawSync(json), 'deflate'],
  ])('in %s is stored as received, with the size and hash of its content', async (encoding, body, known) => {
    for (const settings of [{}, { secret }]) {
      const { url, webhookId } = await webhook(settings);
      const signs = 'secret' in settings ? body : undefined;
      expect(await post(url, { body, encoding, ...(signs && { signs }) })).toMatchObject({ status: 202 });
      const [payload] = await t.payloads(webhookId);
      if (!payload) throw new Error('Nothing was stored.');
      expect(openBody(payload.body)).toEqual(body);
      expect(payload).toMatchObject({
        size: body.length,
        sha256: sha256(body),
        inflated: { encoding: known, size: json.length, sha256: sha256(json) },
        verification: { verdict: signs ? 'verified' : 'unverified' },
      });
      expect(contentOf(payload).bytes.toString()).toBe(json);
    }
  });

  it.each(both)('in %s may be signed before it is encoded', async (encoding) => {
    const body = encoding === 'gzip' ? gzipSync(json) : deflateSync(json);
    for (const signatureScheme of ['hmac', 'github'] as const) {
      const { url, webhookId } = await webhook({ secret, signatureScheme });
      expect(await post(url, { body, encoding, signs: json })).toMatchObject({ status: 202 });
      expect(await t.payloads(webhookId)).toMatchObject([{ verification: { verdict: 'verified' } }]);
      expect(await post(url, { body, encoding, signs: '[]' })).toMatchObject({ status: 403 });
    }
  });

  it('is stored without size and hash of its content if no encoding is declared', async () => {
    const { url, webhookId } = await webhook();
    expect(await post(url, { body: json, encoding: 'identity' })).toMatchObject({ status: 202 });
    expect(await post(url, { body: gzipSync(json) })).toMatchObject({ status: 202 });
    for (const payload of await t.payloads(webhookId)) expect(payload).not.toHaveProperty('inflated');
  });

  it('is accepted only by webhooks that allow the encoding', async () => {
    const body = gzipSync(json);
    const unset = await t.createWebhook();
    const deflates = await webhook({ contentEncodings: ['deflate'] });
    for (const [{ url }, acceptEncoding] of [
      [unset, 'identity'],
      [deflates, 'deflate'],
    ] as const) {
      expect(await post(url, { body, encoding: 'gzip' })).toMatchObject({ ...unsupported, acceptEncoding });
    }
    await t.command(unset, { type: 'UpdateWebhook', contentEncodings: ['gzip'] });
    expect(await post(unset.url, { body, encoding: 'gzip' })).toMatchObject({ status: 202 });
    const unknown = t.url + unset.path.replace(unset.webhookId, newRandomId());
    expect(await post(unknown, { body, encoding: 'gzip' })).toMatchObject({ status: 404 });
    expect(await post(unknown, { body, encoding: 'br' })).toMatchObject({ status: 404 });
  });

  it.each(['br', 'zstd', 'compress', 'gzip, gzip', 'gzip, identity', 'gzip,', 'cow', 'x-deflate'])(
    'in %s is accepted by no webhook',
    async (encoding) => {
      const { url, webhookId } = await webhook();
      expect(await post(url, { body: brotliCompressSync(json), encoding })).toMatchObject(unsupported);
      expect(await t.payloads(webhookId)).toEqual([]);
    },
  );
});

describe('a body that does not inflate', () => {
  const bomb = gzipSync(Buffer.alloc(maxBytes + 1));
  const large = gzipSync(Buffer.alloc(100_000), { level: 9 });
  const malformed: readonly [string, Buffer, ContentEncoding][] = [
    ['plain JSON', Buffer.from(json), 'gzip'],
    ['plain JSON', Buffer.from(json), 'deflate'],
    ['empty', Buffer.alloc(0), 'gzip'],
    ['truncated gzip', gzipSync(json).subarray(0, -3), 'gzip'],
    ['gzip followed by more bytes', Buffer.concat([gzipSync(json), Buffer.from('x')]), 'gzip'],
    ['deflate followed by more bytes', Buffer.concat([deflateSync(json), Buffer.from('x')]), 'deflate'],
    ['deflate declared as gzip', deflateSync(json), 'gzip'],
  ];

  it.each(malformed)('because it is %s is rejected', async (_, body, encoding) => {
    for (const settings of [{}, { secret }]) {
      const { url, webhookId } = await webhook(settings);
      const given = { body, encoding, ...('secret' in settings && { signs: body }) };
      expect(await post(url, given)).toMatchObject({ status: 400, code: 'malformed_content_encoding' });
      expect(await t.payloads(webhookId)).toEqual([]);
    }
  });

  it.each([
    ['a byte over the limit', bomb],
    ['ten times the limit', large],
    ['over the limit in two members', Buffer.concat([gzipSync(Buffer.alloc(maxBytes)), gzipSync('x')])],
  ])('within the limit, but %s, is rejected as too large', async (_, body) => {
    const { url, webhookId } = await webhook();
    expect(await post(url, { body, encoding: 'gzip' })).toMatchObject({
      status: 413,
      detail: `The inflated payload is larger than ${maxBytes} bytes.`,
    });
    const signed = await webhook({ secret });
    expect(await post(signed.url, { body, encoding: 'gzip', signs: body })).toMatchObject({ status: 413 });
    expect(await t.payloads(webhookId)).toEqual([]);
    const whole = gzipSync(Buffer.alloc(maxBytes));
    expect(await post(url, { body: whole, encoding: 'gzip' })).toMatchObject({ status: 202 });
  });

  it('is first rejected for its signature, or because the webhook is disabled', async () => {
    const [, body] = malformed[0] as (typeof malformed)[number];
    const { url } = await webhook({ secret });
    expect(await post(url, { body, encoding: 'gzip' })).toMatchObject({ code: 'signature_missing' });
    expect(await post(url, { body, encoding: 'gzip', signs: 'x' })).toMatchObject({
      code: 'signature_invalid',
    });
    const disabled = await webhook({ enabled: false });
    expect(await post(disabled.url, { body: bomb, encoding: 'gzip' })).toMatchObject({ status: 410 });
  });
});

describe('the payload id of an encoded body', () => {
  it('depends on its content', async () => {
    const headers = { 'x-github-delivery': 'd-1' };
    const { url, webhookId } = await webhook({ secret, signatureScheme: 'github' });
    const sent: Sent[] = [
      { body: json },
      { body: gzipSync(json, { level: 1 }), encoding: 'gzip' },
      { body: gzipSync(json, { level: 9 }), encoding: 'x-gzip' },
      { body: deflateRawSync(json), encoding: 'deflate' },
    ];
    const answers = [];
    for (const one of sent) answers.push(await post(url, { ...one, signs: one.body, headers }));
    expect(new Set(answers.map(({ payload_id }) => payload_id)).size).toBe(1);
    expect(answers.map(({ duplicate }) => duplicate ?? false)).toEqual([false, true, true, true]);
    expect(new Set((await t.payloads(webhookId)).map((payload) => payload.sha256)).size).toBe(4);
    const other = gzipSync('{"id":"e2"}');
    const another = await post(url, { body: other, encoding: 'gzip', signs: other, headers });
    expect(another.payload_id).not.toBe(answers[0]?.payload_id);
  });

  const form = 'application/x-www-form-urlencoded';
  it.each<[string, () => Sent, string]>([
    ['JSON after a byte order mark', () => ({ body: `\ufeff${json}` }), 'body:/id'],
    ['JSON in UTF-16', () => ({ body: Buffer.from(`\ufeff${json}`, 'utf16le') }), 'body:/id'],
    [
      'JSON in a declared charset',
      () => ({
        body: Buffer.from('{"id":"e1","name":"Zo\xeb"}', 'latin1'),
        headers: { 'content-type': 'application/json; charset=iso-8859-1' },
      }),
      'body:/id',
    ],
    ['gzip', () => ({ body: gzipSync(json), encoding: 'gzip' }), 'body:/id'],
    ['gzip of JSON after a mark', () => ({ body: gzipSync(`\ufeff${json}`), encoding: 'gzip' }), 'body:/id'],
    [
      'JSON in a form',
      () => ({ body: `payload=${encodeURIComponent(json)}`, headers: { 'content-type': form } }),
      'body:/payload/id',
    ],
  ])('%s sent twice is one payload', async (_, sent, dedupe) => {
    const { url, webhookId } = await webhook({ secret, dedupe: dedupe as `body:/${string}` });
    const first = await post(url, { ...sent(), signs: sent().body });
    const second = await post(url, { ...sent(), signs: sent().body });
    expect(second).toMatchObject({ status: 202, payload_id: first.payload_id, duplicate: true });
    expect(await t.payloads(webhookId)).toMatchObject([
      { payloadId: first.payload_id, dedupe: { key: 'e1', source: dedupe } },
      { payloadId: first.payload_id },
    ]);
  });
});

it("Slack's challenge is read from the inflated content, and after a byte order mark", async () => {
  const { url } = await webhook({ secret, signatureScheme: 'slack' });
  const challenge = '{"type":"url_verification","challenge":"a"}';
  const signed = (bytes: string | Buffer) => {
    const at = String(Math.floor(Date.now() / 1000));
    const digest = createHmac('sha256', secret).update(`v0:${at}:`).update(bytes).digest('hex');
    return { 'x-slack-request-timestamp': at, 'x-slack-signature': `v0=${digest}` };
  };
  const zipped = gzipSync(challenge);
  const marked = `\ufeff${challenge}`;
  for (const sent of [
    { body: zipped, encoding: 'gzip', headers: signed(zipped) },
    { body: zipped, encoding: 'gzip', headers: signed(challenge) },
    { body: marked, headers: signed(marked) },
  ]) {
    expect(await post(url, sent)).toEqual({ status: 200, challenge: 'a' });
  }
});

describe('concurrent inflating', () => {
  const largest = 16 * 1024 * 1024;
  const body = gzipSync(Buffer.alloc(largest));

  it('has separate limits for unproven and proven requests', async () => {
    const inflater = new Inflater(largest);
    const under = [inflater.inflate(body, 'gzip', 'unproven'), inflater.inflate(body, 'gzip', 'unproven')];
    const rejection = await inflater.inflate(body, 'gzip', 'unproven').catch((error) => error);
    expect(rejection).toMatchObject({ status: 503, code: 'overloaded', headers: { 'retry-after': '1' } });
    expect((await inflater.inflate(body, 'gzip', 'proven')).length).toBe(largest);
    expect((await Promise.all(under)).map(({ length }) => length)).toEqual([largest, largest]);
    expect((await inflater.inflate(body, 'gzip', 'unproven')).length).toBe(largest);
  });

  it('returns its budget after an error', async () => {
    const inflater = new Inflater(largest);
    const broken = body.subarray(0, -1);
    for (let round = 0; round < 3; round += 1) {
      const faults = [1, 2].map(() =>
        inflater.inflate(broken, 'gzip', 'unproven').catch(({ status }) => status),
      );
      expect(await Promise.all(faults)).toEqual([400, 400]);
    }
  });

  it('has room for hundreds of small bodies', async () => {
    const inflater = new Inflater(1_048_576);
    const small = gzipSync('{}');
    const contents = await Promise.all(
      Array.from({ length: 500 }, () => inflater.inflate(small, 'gzip', 'unproven')),
    );
    expect(contents.every((content) => content.toString() === '{}')).toBe(true);
  });
});
