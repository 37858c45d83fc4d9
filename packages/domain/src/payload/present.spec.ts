import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presentPayload } from './present.ts';

const present = (body: string | Uint8Array) => presentPayload(Buffer.from(body as string));
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('a presented payload', () => {
  it.each([
    '{"a":12345678901234567890,"b":0.10000000000000000001}',
    '{"a":1,"a":2,"__proto__":{"x":1}}',
    '"\\u0000 \\ud800"',
    'null',
    nested(128),
  ])('is the JSON that the sender wrote: %s', (json) => {
    expect(present(json)).toEqual({ encoding: 'json', json });
  });

  it('is text where the body is no JSON, or JSON too deep to embed', () => {
    expect(present('a=1&b=2')).toEqual({ encoding: 'text', json: '"a=1&b=2"' });
    expect(present('{"a":1}\n{"a":2}').encoding).toBe('text');
    expect(present(nested(129)).encoding).toBe('text');
    expect(present(nested(100_000)).encoding).toBe('text');
  });

  it('does not take brackets in strings for depth', () => {
    expect(present(JSON.stringify({ a: `\\"${'['.repeat(500)}` })).encoding).toBe('json');
  });

  it('is base64 where the bytes are not UTF-8', () => {
    expect(present(Buffer.from([0xff, 0x00]))).toEqual({ encoding: 'base64', json: '"/wA="' });
  });

  it('is {} for an empty body', () => {
    expect(present('')).toEqual({ encoding: 'json', json: '{}' });
  });

  it('leaves a byte order mark before JSON out', () => {
    expect(present('\ufeff{"a":1}')).toEqual({ encoding: 'json', json: '{"a":1}' });
  });

  it('is a JSON text for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        JSON.parse(presentPayload(bytes).json);
      }),
    );
  });
});
