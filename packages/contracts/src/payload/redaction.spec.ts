import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureHeaders } from './redaction.ts';

describe('captured headers', () => {
  it('keep name and order, in lower case, with secrets redacted', () => {
    const raw = [
      'Content-Type',
      'text/plain',
      'AUTHORIZATION',
      'Bearer x',
      'X-Sig',
      'abc',
      'x-a',
      '1',
      'X-A',
      '2',
    ];
    expect(captureHeaders(raw, ['x-sig'])).toEqual([
      ['content-type', 'text/plain'],
      ['authorization', '[redacted]'],
      ['x-sig', '[redacted]'],
      ['x-a', '1'],
      ['x-a', '2'],
    ]);
  });
});

describe('redaction', () => {
  it.each([
    'Authorization',
    'Proxy-Authorization',
    'Cookie',
    'X-Api-Key',
    'X-Gitlab-Token',
    'X-Agent-Token',
    'X-Auth-Token',
    'X-Amz-Security-Token',
    'X-Telegram-Bot-Api-Secret-Token',
    'X-CSRF-Token',
    'X-Webhook-Secret',
    'X-Password',
    'Api-Key',
    'apikey',
    'Ocp-Apim-Subscription-Key',
    'CF-Access-Client-Secret',
    'X-Authorization',
    'Stripe-Signature',
    'X-Slack-Signature',
    'X-Shopify-Hmac-Sha256',
    'webhook-signature',
    'X-Hub-Signature',
  ])('leaves nothing of %s but its name', (name) => {
    expect(captureHeaders([name, 'value'], [])).toEqual([[name.toLowerCase(), '[redacted]']]);
  });

  it.each([
    'Content-Type',
    'User-Agent',
    'X-GitHub-Event',
    'X-GitHub-Delivery',
    'X-Request-Id',
    'X-Author',
    'X-Keyboard',
    'Idempotency-Key',
    'webhook-id',
  ])('keeps %s', (name) => {
    expect(captureHeaders([name, 'value'], [])).toEqual([[name.toLowerCase(), 'value']]);
  });
});

describe('redaction of any headers', () => {
  const inAnyCase = (name: string) =>
    fc
      .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
      .map((upper) => [...name].map((letter, n) => (upper[n] ? letter.toUpperCase() : letter)).join(''));
  const configured = ['x-mine', 'x-!#$', 'from'];
  const secretNames = [
    ...configured,
    'authorization',
    'proxy-authorization',
    'cookie',
    'x-api-key',
    'x-gitlab-token',
    'x-hub-signature-256',
    'stripe-signature',
    'x-auth-token',
    'my_secret_header',
  ];
  const plainNames = ['content-type', 'x-github-event', 'user-agent', 'x-mine-too', '__proto__', 'host'];
  const value = fc.string({ unit: 'binary-ascii' });
  const header = fc.oneof(
    fc.record({ secret: fc.constant(true), name: fc.constantFrom(...secretNames).chain(inAnyCase), value }),
    fc.record({ secret: fc.constant(false), name: fc.constantFrom(...plainNames).chain(inAnyCase), value }),
  );

  it('keeps names, order and the values that are no secrets, and no value that is', () => {
    fc.assert(
      fc.property(fc.array(header), (headers) => {
        const raw = headers.flatMap(({ name, value }) => [name, value]);
        expect(captureHeaders(raw, configured)).toEqual(
          headers.map(({ secret, name, value }) => [name.toLowerCase(), secret ? '[redacted]' : value]),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});
