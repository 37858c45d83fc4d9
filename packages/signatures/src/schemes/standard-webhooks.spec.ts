import { createHmac } from 'node:crypto';
import { Content } from '@mission-control/contracts';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { deliveryNameOf } from '../delivery-name/delivery-name-of.ts';
import { proofOf, receivedAt, seconds, verdictOf } from '../testing/verdict.ts';

const scheme = 'standard-webhooks';
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = '{"test": 2432232314}';
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const sdk = new Webhook(secret);
const signature = sdk.sign(id, new Date(receivedAt), body);
const headers = { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signature };
const svix = { 'svix-id': id, 'svix-timestamp': String(seconds), 'svix-signature': signature };
const verdict = (given: Record<string, string>) => verdictOf(scheme, { secret, body, headers: given });

describe('standard-webhooks', () => {
  it.each([
    // https://docs.svix.com/receiving/verifying-payloads/how
    [secret, id, 1614265330, body, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
    // https://docs.svix.com/receiving/verifying-payloads/how-manual
    [
      'whsec_plJ3nmyCDGBKInavdOK15jsl',
      'msg_loFOjxBNrRLzqYUf',
      1731705121,
      '{"event_type":"ping","data":{"success":true}}',
      'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
    ],
  ])('accepts the vector documented for %s', (key, msg, time, text, v1) => {
    const given = { secret: key, body: text, receivedAt: time * 1000 };
    const names = (of: string) => ({
      [`${of}-id`]: msg,
      [`${of}-timestamp`]: String(time),
      [`${of}-signature`]: v1,
    });
    expect(verdictOf(scheme, { ...given, headers: names('webhook') })).toBe('valid');
    expect(verdictOf(scheme, { ...given, headers: names('svix') })).toBe('valid');
    expect(
      verdictOf(scheme, { ...given, secret: key.replace('whsec_', ''), headers: names('webhook') }),
    ).toBe('valid');
  });

  it('accepts what the reference library signed', () => {
    expect(verdict(headers)).toBe('valid');
    expect(verdict(svix)).toBe('valid');
  });

  it.each([
    ['accents', 'msg_éü'],
    ['another script', 'сообщение-1'],
    ['characters of three bytes', '消息_1'],
    ['an emoji', 'msg_🚀'],
    ['a byte order mark', '\ufeffmsg_1'],
  ])('accepts an id with %s that the reference library signed and UTF-8 carried', (_, text) => {
    const signed = sdk.sign(text, new Date(receivedAt), body);
    const asReceived = Buffer.from(text).toString('latin1');
    expect(verdict({ ...headers, 'webhook-id': asReceived, 'webhook-signature': signed })).toBe('valid');
    expect(verdict({ ...svix, 'svix-id': asReceived, 'svix-signature': signed })).toBe('valid');
    expect(verdict({ ...headers, 'webhook-id': `${asReceived}é`, 'webhook-signature': signed })).toBe(
      'invalid',
    );
  });

  it.each(['msg_é', 'ñ', 'Straße'])('accepts the id %s that was sent as Latin-1', (text) => {
    const signed = sdk.sign(text, new Date(receivedAt), body);
    expect(verdict({ ...headers, 'webhook-id': text, 'webhook-signature': signed })).toBe('valid');
  });

  it('signs what the reference library accepts', () => {
    const proof = proofOf(scheme);
    const now = Date.now();
    const delivery = { body: Buffer.from(body), key: proof.keyOf(secret), signedAt: now, deliveryId: id };
    expect(sdk.verify(body, proof.sign(delivery, { signatureHeader: null }))).toEqual({ test: 2432232314 });
  });

  it('accepts any matching v1 of the list and ignores other versions', () => {
    const old = new Webhook('whsec_b2xk').sign(id, new Date(receivedAt), body);
    const list = (...signatures: string[]) =>
      verdict({ ...headers, 'webhook-signature': signatures.join(' ') });
    expect(list(old, signature)).toBe('valid');
    expect(
      list(
        'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
        signature,
      ),
    ).toBe('valid');
    expect(list(old)).toBe('invalid');
    expect(list(signature.replace('v1,', 'v2,'))).toBe('invalid');
  });

  it.each([
    ['another id', { 'webhook-id': 'msg_2' }],
    ['another time', { 'webhook-timestamp': String(seconds - 1) }],
    ['a time that is not an integer', { 'webhook-timestamp': `${seconds}.0` }],
    ['its id twice', { 'webhook-id': `${id}, ${id}` }],
    ['its time twice', { 'webhook-timestamp': `${seconds}, ${seconds}` }],
    ['no version', { 'webhook-signature': signature.slice(3) }],
    [
      'the digest as hex',
      { 'webhook-signature': `v1,${Buffer.from(signature.slice(3), 'base64').toString('hex')}` },
    ],
  ])('rejects a request with %s', (_, changed) => {
    expect(verdict({ ...headers, ...changed })).toBe('invalid');
  });

  it('rejects an id with a period, even if the digest matches', () => {
    const digest = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
      .update(`a.1.${seconds}.${body}`)
      .digest('base64');
    const given = { ...headers, 'webhook-id': 'a.1', 'webhook-signature': `v1,${digest}` };
    expect(verdict(given)).toBe('invalid');
  });

  it.each(Object.keys(headers))('reports %s as missing', (name) => {
    expect(verdict({ ...headers, [name]: '' })).toBe('missing');
  });

  it("reads Svix's names only if there is no standard one", () => {
    expect(verdict({ ...svix, 'webhook-id': 'msg_2' })).toBe('missing');
    expect(verdict({ ...headers, 'svix-id': 'msg_2' })).toBe('valid');
  });

  it('names the delivery by its signed id, the same for both sets of names', () => {
    const name = { key: id, source: 'header:webhook-id', signed: true };
    const nameOf = (given: Record<string, string>) =>
      deliveryNameOf(
        scheme,
        { headers: given, content: new Content(Buffer.from(body), null) },
        'verified',
        'scheme',
      );
    expect(nameOf(headers)).toEqual(name);
    expect(nameOf(svix)).toEqual(name);
    expect(nameOf({ ...headers, 'svix-id': 'msg_2' })).toEqual(name);
    expect(nameOf({})).toBeNull();
  });
});
