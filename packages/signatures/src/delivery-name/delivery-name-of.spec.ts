import type { Dedupe } from '@mission-control/contracts';
import { type SignatureScheme, signatureSchemeSchema } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { deliveryNameOf } from './delivery-name-of.ts';

const nameOf = (
  scheme: SignatureScheme,
  dedupe: Dedupe,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string | Buffer },
) => deliveryNameOf(scheme, { headers, body: Buffer.from(body) }, 'verified', dedupe);

describe("the scheme's own place", () => {
  it.each([
    ['github', 'x-github-delivery'],
    ['shopify', 'x-shopify-webhook-id'],
    ['gitlab', 'idempotency-key'],
  ] as const)('of %s is %s, which is not signed', (scheme, header) => {
    const headers = { [header]: '72d3162e-cc78', 'x-request-id': 'other' };
    const name = { key: '72d3162e-cc78', source: `header:${header}`, signed: false };
    expect(nameOf(scheme, 'scheme', { headers })).toEqual(name);
    expect(nameOf(scheme, 'scheme', {})).toBeNull();
  });

  it('of slack is the event id, which is signed; a form has none', () => {
    const name = { key: 'Ev08MFMKH6', source: 'body:/event_id', signed: true };
    expect(nameOf('slack', 'scheme', { body: '{"event_id":"Ev08MFMKH6"}' })).toEqual(name);
    expect(nameOf('slack', 'scheme', { body: 'payload=%7B%22event_id%22%3A%22a%22%7D' })).toBeNull();
  });

  it.each(['hmac', 'token', 'none'] as const)('%s has none', (scheme) => {
    const headers = { 'x-github-delivery': 'a', 'idempotency-key': 'a', 'webhook-id': 'a' };
    expect(nameOf(scheme, 'scheme', { headers, body: '{"id":"a"}' })).toBeNull();
  });
});

describe('a configured place', () => {
  it.each(signatureSchemeSchema.options)('replaces the own one of %s', (scheme) => {
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

  it('is signed where the signature covers the header', () => {
    const given = { headers: { 'webhook-id': 'a', 'svix-id': 'b' } };
    expect(nameOf('standard-webhooks', 'header:webhook-id', given)).toMatchObject({ key: 'a', signed: true });
    expect(nameOf('standard-webhooks', 'header:svix-id', given)).toMatchObject({ key: 'b', signed: false });
    expect(nameOf('hmac', 'header:webhook-id', given)).toMatchObject({ key: 'a', signed: false });
  });
});

describe('a name', () => {
  it.each(['', 'a b', 'a, a', 'ä', 'x'.repeat(257), '\u0000'])('cannot be %j in a header', (value) => {
    expect(nameOf('github', 'scheme', { headers: { 'x-github-delivery': value } })).toBeNull();
  });

  it.each([
    '',
    'null',
    '[]',
    '"evt_1"',
    '{',
    '{"id":""}',
    '{"id":"a b"}',
    '{"id":"a\\u0000"}',
    `{"id":"${'x'.repeat(257)}"}`,
    '{"id":true}',
    '{"id":null}',
    '{"id":{"id":"a"}}',
    '{"id":["a"]}',
    '{"ID":"a"}',
    '\ufeff{"id":"a"}',
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

  it('is found beside what nests 100,000 levels deep, if it is no number that was rounded', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(nameOf('hmac', 'body:/id', { body: `{"deep":${deep},"id":"a"}` })).toMatchObject({ key: 'a' });
    expect(nameOf('hmac', 'body:/id', { body: `{"deep":${deep},"id":7}` })).toMatchObject({ key: '7' });
    expect(nameOf('hmac', 'body:/id', { body: `{"deep":${deep},"id":9007199254740993}` })).toBeNull();
  });

  it('is the last of several of one name, as JSON.parse reads them', () => {
    expect(nameOf('hmac', 'body:/id', { body: '{"id":"a","id":"b"}' })).toMatchObject({ key: 'b' });
  });
});
