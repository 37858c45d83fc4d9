import { describe, expect, it } from 'vitest';
import { verdictOf } from '../testing/verdict.ts';

// The method is documented, without an example: https://shopify.dev/docs/apps/build/webhooks/verify-deliveries. This signature is from
// OpenSSL:
// printf '{"id":820982911946154508}' | openssl dgst -sha256 -hmac hush4 -binary | base64
const secret = 'hush4';
const body = '{"id":820982911946154508}';
const signature = '8vSsrc59AiLaJwa/gbxyPw1CR7JqWZ6IqW/+4+G+Kak=';
const verdict = (given: string) =>
  verdictOf('shopify', { secret, body, headers: { 'x-shopify-hmac-sha256': given } });

describe('shopify', () => {
  it('accepts the HMAC of the body in base64', () => {
    expect(verdict(signature)).toBe('valid');
  });

  it.each([
    ['without padding', signature.replace('=', '')],
    ['in base64url', signature.replaceAll('+', '-').replaceAll('/', '_')],
    ['as hex', Buffer.from(signature, 'base64').toString('hex')],
    ['with a prefix', `sha256=${signature}`],
    ['that is repeated', `${signature}, ${signature}`],
  ])('rejects a signature %s', (_, given) => {
    expect(verdict(given)).toBe('invalid');
  });

  it('reports a missing header', () => {
    expect(verdictOf('shopify', { secret, body, headers: {} })).toBe('missing');
  });
});
