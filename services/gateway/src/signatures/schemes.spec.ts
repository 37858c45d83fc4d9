import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { sign } from '@octokit/webhooks-methods';
import fc from 'fast-check';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { github } from './github.ts';
import { hmac } from './hmac.ts';
import { none } from './none.ts';
import type { Scheme, SignedRequest } from './scheme.ts';
import { schemes } from './schemes.ts';
import { stripe } from './stripe.ts';

const receivedAt = Date.UTC(2026, 10, 23, 12);
const seconds = receivedAt / 1000;

const request = (
  body: string | Buffer,
  headers: IncomingHttpHeaders,
  signatureHeader: string | null = null,
): SignedRequest => ({
  body: Buffer.from(body),
  headers,
  receivedAt,
  signatureHeader,
});
const key = (secret: string): KeyObject => createSecretKey(secret, 'utf8');
const verify = (scheme: Scheme, secret: string, ...given: Parameters<typeof request>) =>
  scheme.verify?.(request(...given), key(secret));
const hex = (secret: string, body: string | Buffer) =>
  createHmac('sha256', secret).update(body).digest('hex');

describe('github', () => {
  const secret = "It's a Secret to Everybody";
  const body = 'Hello, World!';
  const digest = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

  it('takes the vector that GitHub documents', () => {
    expect(verify(github, secret, body, { 'x-hub-signature-256': `sha256=${digest}` })).toBe('valid');
  });

  it("takes what GitHub's own library signed", async () => {
    const text = JSON.stringify({ zen: 'Näin on 🎉' });
    expect(verify(github, 's', text, { 'x-hub-signature-256': await sign('s', text) })).toBe('valid');
  });

  it.each([
    ['without the prefix', digest],
    ['of another algorithm', `sha1=${digest}`],
    ['cut short', `sha256=${digest.slice(0, 62)}`],
    ['too long', `sha256=${digest}00`],
    ['of another body', `sha256=${hex(secret, 'hello, World!')}`],
    ['that stands there twice', `sha256=${digest}, sha256=${digest}`],
    ['that is no hex', `sha256=${'g'.repeat(64)}`],
  ])('refuses a signature %s', (_, signature) => {
    expect(verify(github, secret, body, { 'x-hub-signature-256': signature })).toBe('invalid');
  });

  it('reads no other header', () => {
    expect(
      verify(github, secret, body, { 'x-hub-signature': `sha1=${digest}`, 'x-webhook-signature': digest }),
    ).toBe('missing');
  });

  it('names the delivery by its header, which the signature does not cover', () => {
    expect(github.deliveryName(request(body, { 'x-github-delivery': '72d3162e-cc78' }), 'verified')).toEqual({
      key: '72d3162e-cc78',
      source: 'header:x-github-delivery',
      signed: false,
    });
    expect(github.deliveryName(request(body, {}), 'verified')).toBeNull();
    expect(github.deliveryName(request(body, { 'x-github-delivery': 'a b' }), 'verified')).toBeNull();
    expect(
      github.deliveryName(request(body, { 'x-github-delivery': 'x'.repeat(257) }), 'verified'),
    ).toBeNull();
  });
});

describe('hmac', () => {
  const body = Buffer.from([0, 255, 10, 13]);
  const digest = hex('s', body);

  it.each([
    ['X-Hub-Signature-256', { 'x-hub-signature-256': `sha256=${digest}` }, null],
    ['X-Hub-Signature-256 without prefix', { 'x-hub-signature-256': digest }, null],
    ['X-Webhook-Signature', { 'x-webhook-signature': digest }, null],
    ['upper case', { 'x-webhook-signature': `SHA256=${digest.toUpperCase()}` }, null],
    ['the configured header', { 'x-my-signature': digest, 'x-hub-signature-256': 'other' }, 'x-my-signature'],
  ])('takes %s', (_, headers, configured) => {
    expect(verify(hmac, 's', body, headers as IncomingHttpHeaders, configured)).toBe('valid');
  });

  it('reads the configured header and no other', () => {
    expect(verify(hmac, 's', body, { 'x-hub-signature-256': digest }, 'x-my-signature')).toBe('missing');
  });

  it('does not try the second usual header when the first is wrong', () => {
    const headers = { 'x-hub-signature-256': hex('t', body), 'x-webhook-signature': digest };
    expect(verify(hmac, 's', body, headers)).toBe('invalid');
  });

  it('tells missing from invalid', () => {
    expect(verify(hmac, 's', body, {})).toBe('missing');
    expect(verify(hmac, 's', body, { 'x-webhook-signature': '' })).toBe('missing');
    expect(verify(hmac, 't', body, { 'x-webhook-signature': digest })).toBe('invalid');
  });

  it('redacts every header that it may read', () => {
    expect(hmac.signatureHeaders('x-mine')).toEqual(['x-mine', 'x-hub-signature-256', 'x-webhook-signature']);
  });

  it('never throws, whatever the header says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (signature) => {
        expect(['missing', 'invalid']).toContain(
          verify(hmac, 's', body, { 'x-webhook-signature': signature }),
        );
      }),
    );
  });
});

describe('stripe', () => {
  const secret = 'whsec_test';
  const created = seconds - 5;
  const body = JSON.stringify({ id: 'evt_1', object: 'event', created });
  const sdk = new Stripe('sk_test_unused');
  const signed = (timestamp: number, options: { payload?: string; secret?: string } = {}) =>
    sdk.webhooks.generateTestHeaderString({
      payload: options.payload ?? body,
      secret: options.secret ?? secret,
      timestamp,
    });
  const check = (header: string | undefined, payload = body) =>
    verify(stripe, secret, payload, header === undefined ? {} : { 'stripe-signature': header });

  it("takes what Stripe's own library signed", () => {
    expect(check(signed(seconds))).toBe('valid');
  });

  it.each([
    [-300, 'valid'],
    [-301, 'invalid'],
    [300, 'valid'],
    [301, 'invalid'],
  ])('a signature made %i s from receipt is %s', (offset, verdict) => {
    expect(check(signed(seconds + offset))).toBe(verdict);
  });

  it('takes any matching v1, as while a secret is rolled', () => {
    const other = signed(seconds, { secret: 'whsec_old' }).replace(/^t=\d+,/, '');
    const right = signed(seconds).replace(/^t=\d+,/, '');
    expect(check(`t=${seconds},${other},${right}`)).toBe('valid');
    expect(check(`t=${seconds},${right},${other},v0=00`)).toBe('valid');
    expect(check(`t=${seconds},${other}`)).toBe('invalid');
  });

  it.each([
    ['no time', (good: string) => good.replace(/^t=\d+,/, '')],
    ['two times', (good: string) => `t=1,${good}`],
    ['a time that is no number', (good: string) => good.replace(/^t=\d+/, 't=1e9')],
    ['only v0', (good: string) => good.replace('v1=', 'v0=')],
    ['nothing readable', () => 'garbage'],
    ['another time than the signed', (good: string) => good.replace(/^t=\d+/, `t=${seconds - 1}`)],
  ])('refuses a header with %s', (_, spoil) => {
    expect(check(spoil(signed(seconds)))).toBe('invalid');
  });

  it('tells a missing header', () => {
    expect(check(undefined)).toBe('missing');
  });

  it('names the delivery by the id inside what is signed, at the time that is signed beside it', () => {
    expect(stripe.deliveryName(request(body, {}), 'verified')).toEqual({
      key: 'evt_1',
      source: 'body:/id',
      signed: true,
      signedAt: created,
    });
    expect(stripe.deliveryName(request(body, {}), 'unverified')).toEqual({
      key: 'evt_1',
      source: 'body:/id',
      signed: true,
    });
  });

  it.each([
    '',
    'null',
    '[]',
    '"evt_1"',
    '{"id":7}',
    '{"id":""}',
    '{',
    `{"id":"${'x'.repeat(300)}"}`,
    '{"id":"a\\u0000"}',
  ])('finds no name in %s', (text) => {
    expect(stripe.deliveryName(request(text, {}), 'verified')).toBeNull();
  });

  it('never throws, whatever header and body say', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array(), (header, bytes) => {
        const given = request(Buffer.from(bytes), { 'stripe-signature': header });
        expect(['missing', 'invalid']).toContain(stripe.verify?.(given, key(secret)));
        stripe.deliveryName(given, 'verified');
      }),
    );
  });
});

describe('the registry', () => {
  it('verifies nothing for none, and for none only', () => {
    const unverifying = Object.entries(schemes).filter(
      ([, scheme]) => scheme !== 'unsupported' && scheme.verify === null,
    );
    expect(unverifying.map(([name]) => name)).toEqual(['none']);
    expect(none.deliveryName(request('', {}), 'unverified')).toBeNull();
  });
});
