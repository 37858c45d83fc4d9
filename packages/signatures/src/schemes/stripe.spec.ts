import { Content } from '@mission-control/contracts';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { deliveryNameOf } from '../delivery-name/delivery-name-of.ts';
import { proofOf, receivedAt, seconds, verdictOf } from '../testing/verdict.ts';

const secret = 'whsec_test';
const created = seconds - 5;
const body = JSON.stringify({ id: 'evt_1', object: 'event', created });
const sdk = new Stripe('sk_test_unused');
const signed = (timestamp: number, signer = secret) =>
  sdk.webhooks.generateTestHeaderString({ payload: body, secret: signer, timestamp });
const check = (header: string) =>
  verdictOf('stripe', { secret, body, headers: { 'stripe-signature': header } });

describe('stripe', () => {
  it("accepts what Stripe's own library signed", () => {
    expect(check(signed(seconds))).toBe('valid');
  });

  it("signs what Stripe's own library accepts", () => {
    const proof = proofOf('stripe');
    const delivery = {
      body: Buffer.from(body),
      key: proof.keyOf(secret),
      signedAt: receivedAt,
      deliveryId: 'd',
    };
    const header = proof.sign(delivery, { signatureHeader: null })['stripe-signature'] ?? '';
    const event = sdk.webhooks.constructEvent(body, header, secret, 300, undefined, receivedAt);
    expect(event.id).toBe('evt_1');
  });

  it.each([
    [-300, 'valid'],
    [-301, 'invalid'],
    [300, 'valid'],
    [301, 'invalid'],
  ])('a signature made %i s from the time of receipt is %s', (offset, verdict) => {
    expect(check(signed(seconds + offset))).toBe(verdict);
  });

  it('accepts any matching v1, as needed while a secret is rolled', () => {
    const other = signed(seconds, 'whsec_old').replace(/^t=\d+,/, '');
    const right = signed(seconds).replace(/^t=\d+,/, '');
    expect(check(`t=${seconds},${other},${right}`)).toBe('valid');
    expect(check(`t=${seconds},${right},${other},v0=00`)).toBe('valid');
    expect(check(`t=${seconds},${other}`)).toBe('invalid');
  });

  it.each([
    ['no time', (good: string) => good.replace(/^t=\d+,/, '')],
    ['two times', (good: string) => `t=1,${good}`],
    ['a time that is not an integer', (good: string) => good.replace(/^t=\d+/, 't=1e9')],
    ['only v0', (good: string) => good.replace('v1=', 'v0=')],
    ['nothing readable', () => 'garbage'],
    ['a time other than the signed one', (good: string) => good.replace(/^t=\d+/, `t=${seconds - 1}`)],
    ['itself repeated', (good: string) => `${good}, ${good}`],
  ])('rejects a header with %s', (_, change) => {
    expect(check(change(signed(seconds)))).toBe('invalid');
  });

  it('reports a missing header', () => {
    expect(verdictOf('stripe', { secret, body, headers: {} })).toBe('missing');
  });

  it('names the delivery by the signed id, with the signed time', () => {
    const request = { headers: {}, content: new Content(Buffer.from(body), null) };
    const name = { key: 'evt_1', source: 'body:/id', signed: true };
    expect(deliveryNameOf('stripe', request, 'verified', 'scheme')).toEqual({ ...name, signedAt: created });
    expect(deliveryNameOf('stripe', request, 'unverified', 'scheme')).toEqual(name);
  });

  it.each([null, '5', 1.5, 0, -1, 1e300])('reads no time from a created of %j', (time) => {
    const event = Buffer.from(JSON.stringify({ id: 'evt_1', created: time }));
    const request = { headers: {}, content: new Content(event, null) };
    expect(deliveryNameOf('stripe', request, 'verified', 'scheme')).not.toHaveProperty('signedAt');
  });
});
