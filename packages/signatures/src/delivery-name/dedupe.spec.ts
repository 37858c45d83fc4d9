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

  it('has header names in lower case', () => {
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

  it('names no header whose value is redacted', () => {
    expect(parseDedupe('header:authorization', [])).toBeNull();
    expect(parseDedupe('header:X-Gitlab-Token', [])).toBeNull();
    expect(parseDedupe('header:x-mine', ['x-mine'])).toBeNull();
  });

  it('is canonical: parsed once more it is the same', () => {
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
