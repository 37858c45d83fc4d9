import { describe, expect, it } from 'vitest';
import { verdictOf } from '../testing/verdict.ts';

// https://shopify.dev/docs/apps/build/webhooks/verify-deliveries says how, without an example. This one OpenSSL computed:
// printf '{"id":820982911946154508}' | openssl dgst -sha256 -hmac hush4 -binary | base64
const secret = 'hush4';
const body = '{"id":820982911946154508}';
const signature = '8vSsrc59AiLaJwa/gbxyPw1CR7JqWZ6IqW/+4+G+Kak=';
const verdict = (given: string) =>
  verdictOf('shopify', { secret, body, headers: { 'x-shopify-hmac-sha256': given } });

describe('shopify', () => {
  it('takes the base64 of the HMAC of the body', () => {
    expect(verdict(signature)).toBe('valid');
  });

  it.each([
    ['without padding', signature.replace('=', '')],
    ['in base64url', signature.replaceAll('+', '-').replaceAll('/', '_')],
    ['as hex', Buffer.from(signature, 'base64').toString('hex')],
    ['with a name before it', `sha256=${signature}`],
    ['that stands there twice', `${signature}, ${signature}`],
  ])('refuses a signature %s', (_, given) => {
    expect(verdict(given)).toBe('invalid');
  });

  it('tells a missing header', () => {
    expect(verdictOf('shopify', { secret, body, headers: {} })).toBe('missing');
  });
});
