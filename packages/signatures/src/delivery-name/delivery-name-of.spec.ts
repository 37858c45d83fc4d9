import {
  Content,
  type Dedupe,
  type SignatureScheme,
  signatureSchemeSchema,
} from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { deliveryNameOf } from './delivery-name-of.ts';

const nameOf = (
  scheme: SignatureScheme,
  dedupe: Dedupe,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string | Buffer },
) => {
  const content = new Content(Buffer.from(body as string), headers['content-type'] ?? null);
  return deliveryNameOf(scheme, { headers, content }, 'verified', dedupe);
};

describe("the scheme's own name", () => {
  it.each([
    ['github', 'x-github-delivery'],
    ['shopify', 'x-shopify-webhook-id'],
    ['gitlab', 'idempotency-key'],
  ] as const)('of %s is in %s, which is not signed', (scheme, header) => {
    const headers = { [header]: '72d3162e-cc78', 'x-request-id': 'other' };
    const name = { key: '72d3162e-cc78', source: `header:${header}`, signed: false };
    expect(nameOf(scheme, 'scheme', { headers })).toEqual(name);
    expect(nameOf(scheme, 'scheme', {})).toBeNull();
  });

  it('of slack is the event id, which is signed; a form has no name', () => {
    const name = { key: 'Ev08MFMKH6', source: 'body:/event_id', signed: true };
    expect(nameOf('slack', 'scheme', { body: '{"event_id":"Ev08MFMKH6"}' })).toEqual(name);
    expect(nameOf('slack', 'scheme', { body: 'payload=%7B%22event_id%22%3A%22a%22%7D' })).toBeNull();
  });

  it.each(['hmac', 'token', 'none'] as const)('does not exist for %s', (scheme) => {
    const headers = { 'x-github-delivery': 'a', 'idempotency-key': 'a', 'webhook-id': 'a' };
    expect(nameOf(scheme, 'scheme', { headers, body: '{"id":"a"}' })).toBeNull();
  });
});

describe('a configured dedupe setting', () => {
  it.each(signatureSchemeSchema.options)('replaces the name given by the scheme %s', (scheme) => {
    const given = { headers: { 'x-mine': 'h', 'x-github-delivery': 'g' }, body: '{"id":"i","my":["b"]}' };
    const signed = !['gitlab', 'token', 'none'].includes(scheme);
    expect(nameOf(scheme, 'header:x-mine', given)).toEqual({
      key: 'h',
      source: 'header:x-mine',
      signed: false,
    });
    expect(nameOf(scheme, 'body:/my/0', given)).toEqual({ key: 'b', source: 'body:/my/0', signed });
    expect(nameOf(scheme, 'off', given)).toBeNull();
  });

  it('is signed if the signature covers the header', () => {
    const given = { headers: { 'webhook-id': 'a', 'svix-id': 'b' } };
    expect(nameOf('standard-webhooks', 'header:webhook-id', given)).toMatchObject({ key: 'a', signed: true });
    expect(nameOf('standard-webhooks', 'header:svix-id', given)).toMatchObject({ key: 'b', signed: false });
    expect(nameOf('hmac', 'header:webhook-id', given)).toMatchObject({ key: 'a', signed: false });
  });
});

describe('a name', () => {
  it.each([
    '',
    'null',
    '[]',
    '"evt_1"',
    '{',
    '{"id":""}',
    '{"id":true}',
    '{"id":null}',
    '{"id":{"id":"a"}}',
    '{"id":["a"]}',
    '{"ID":"a"}',
  ])('is not found in %s', (body) => {
    expect(nameOf('hmac', 'body:/id', { body })).toBeNull();
  });

  it.each([
    ['7', '7'],
    ['-1', '-1'],
    ['9007199254740991', '9007199254740991'],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740993', '9007199254740993'],
    ['820982911946154508123456789', '820982911946154508123456789'],
    ['0.10000000000000000001', '0.10000000000000000001'],
    ['1e400', '1e400'],
  ])('from the number %s is %s', (number, key) => {
    const body = `{"other":[1,{"id":2}],"id":${number}}`;
    expect(nameOf('hmac', 'body:/id', { body })).toEqual({ key, source: 'body:/id', signed: true });
  });

  const latin1 = Buffer.from('{"id":"e1","name":"Zo\xeb"}', 'latin1');
  const utf16 = Buffer.from('{"id":"e1"}', 'utf16le');
  it.each<[string, string | Buffer, string]>([
    ['JSON after a byte order mark', '\ufeff{"id":"e1"}', 'application/json'],
    ['UTF-16 after its mark', Buffer.from('\ufeff{"id":"e1"}', 'utf16le'), 'application/json'],
    ['UTF-16BE after its mark', Buffer.from('\ufeff{"id":"e1"}', 'utf16le').swap16(), 'text/plain'],
    ['UTF-16 as declared', utf16, 'application/json; charset=utf-16'],
    ['Latin-1 as declared', latin1, 'application/json; charset=iso-8859-1'],
    ['Latin-1 that is not declared', latin1, 'application/json'],
    ['a form', 'a=1&id=e1', 'application/x-www-form-urlencoded'],
    [
      'a multipart form',
      '--b\r\nContent-Disposition: form-data; name="id"\r\n\r\ne1\r\n--b--',
      'multipart/form-data; boundary=b',
    ],
  ])('is found in %s', (_, body, type) => {
    const given = { headers: { 'content-type': type }, body };
    expect(nameOf('hmac', 'body:/id', given)).toEqual({ key: 'e1', source: 'body:/id', signed: true });
  });

  it('is found in JSON inside a form, without rounding numbers', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const payload = encodeURIComponent('{"head_commit":{"id":820982911946154508123456789}}');
    expect(nameOf('github', 'body:/payload/head_commit/id', { headers, body: `payload=${payload}` })).toEqual(
      {
        key: '820982911946154508123456789',
        source: 'body:/payload/head_commit/id',
        signed: true,
      },
    );
    expect(nameOf('hmac', 'body:/__proto__', { headers, body: 'a=1' })).toBeNull();
    expect(nameOf('hmac', 'body:/__proto__', { headers, body: '__proto__=a' })).toMatchObject({ key: 'a' });
  });

  it('of Stripe is found after a byte order mark, together with its signed time', () => {
    const body = '\ufeff{"id":"evt_1","created":1772712000}';
    expect(nameOf('stripe', 'scheme', { body })).toMatchObject({ key: 'evt_1', signedAt: 1_772_712_000 });
  });

  it('from a rounded number after a byte order mark is found exactly as written', () => {
    expect(nameOf('hmac', 'body:/id', { body: '\ufeff{"id":9007199254740993}' })).toMatchObject({
      key: '9007199254740993',
    });
  });

  it('is found next to 100,000 nested levels, unless it is a rounded number', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(nameOf('hmac', 'body:/id', { body: `{"deep":${deep},"id":"a"}` })).toMatchObject({ key: 'a' });
    expect(nameOf('hmac', 'body:/id', { body: `{"deep":${deep},"id":7}` })).toMatchObject({ key: '7' });
    expect(nameOf('hmac', 'body:/id', { body: `{"deep":${deep},"id":9007199254740993}` })).toBeNull();
  });

  it('is the last one of duplicate keys, like in JSON.parse', () => {
    expect(nameOf('hmac', 'body:/id', { body: '{"id":"a","id":"b"}' })).toMatchObject({ key: 'b' });
  });
});
