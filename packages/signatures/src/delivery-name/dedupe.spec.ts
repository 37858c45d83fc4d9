import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDedupe } from './dedupe.ts';

describe('the setting dedupe', () => {
  it.each([
    'scheme',
    'off',
    'header:x-request-id',
    'header:idempotency-key',
    'body:/id',
    'body:/a~1b/0',
    'body:/',
  ])('may be %s', (text) => {
    expect(parseDedupe(text, [])).toBe(text);
  });

  it('converts header names to lower case', () => {
    expect(parseDedupe('header:X-Request-ID', [])).toBe('header:x-request-id');
  });

  it.each([
    '',
    'Scheme',
    'header:',
    'header:a b',
    'header:ä',
    'header:a:b',
    'body:',
    'body:id',
    'body:/a~',
    'body:/\u0000',
    'body:/\ud800',
    `body:/${'x'.repeat(256)}`,
    'query:id',
  ])('cannot be %j', (text) => {
    expect(parseDedupe(text, [])).toBeNull();
  });

  it.each([
    'authorization',
    'Proxy-Authorization',
    'Cookie',
    'X-Api-Key',
    'X-Gitlab-Token',
    'X-Webhook-Token',
    'X-Goog-Channel-Token',
    'X-Hook-Secret',
    'X-Trello-Webhook',
    'x-mine',
  ])('rejects a header that is always secret or carries the proof: %s', (name) => {
    expect(parseDedupe(`header:${name}`, ['x-mine'])).toBeNull();
  });

  it.each([
    'I-Twilio-Idempotency-Token',
    'X-Event-Key',
    'X-Signature-Timestamp',
    'X-Message-Token',
    'X-Session-Id',
    'X-Partition-Key',
    'Sentry-Hook-Signature',
  ])('may name the header %s, even if it sounds secret', (name) => {
    expect(parseDedupe(`header:${name}`, ['x-mine'])).toBe(`header:${name.toLowerCase()}`);
  });

  it('is canonical: parsing it again changes nothing', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string().map((text) => `header:${text}`),
      fc.string({ unit: 'binary' }).map((text) => `body:/${text}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseDedupe(text, []);
        if (parsed !== null) expect(parseDedupe(parsed, [])).toBe(parsed);
      }),
    );
  });
});
