import { gzipSync } from 'node:zlib';
import { wrapBody } from '@mission-control/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presentPayload } from './present.ts';

const present = (body: string | Uint8Array, contentType: string | null = null) =>
  presentPayload({ body: wrapBody(Buffer.from(body as string)), contentType });
/** Sometimes a byte order mark or white space. */
const mark = fc.constantFrom('', '', '\ufeff', ' \n', '\ufeff\t');
const text = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.json().map((json) => json.slice(0, -1)),
  fc.string({ unit: 'binary' }),
  fc.bigInt().map(String),
);
const anyBody = fc.oneof(
  fc.tuple(mark, text, mark).map((parts) => Buffer.from(parts.join(''))),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);
/** Bytes with such a mark are read as UTF-16. */
const hasUtf16Mark = ([first, second]: Buffer): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
/** The value that a JSON parser gets from the bytes. */
const parsed = (bytes: Buffer): unknown =>
  bytes.length === 0 ? {} : JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, ''));
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

  it('is text if the body is not JSON, or is JSON too deep to embed', () => {
    expect(present('a=1&b=2')).toEqual({ encoding: 'text', json: '"a=1&b=2"' });
    expect(present('{"a":1}\n{"a":2}').encoding).toBe('text');
    expect(present(nested(129)).encoding).toBe('text');
    expect(present(nested(100_000)).encoding).toBe('text');
  });

  it('does not count brackets in strings as depth', () => {
    expect(present(JSON.stringify({ a: `\\"${'['.repeat(500)}` })).encoding).toBe('json');
  });

  it('is base64 if the bytes are not UTF-8', () => {
    expect(present(Buffer.from([0xff, 0x00]))).toEqual({ encoding: 'base64', json: '"/wA="' });
  });

  it('is an object with the fields of a form', () => {
    const json = '{"payload":{"n":1.0},"a":["1","2"]}';
    const body = `payload=${encodeURIComponent('{"n":1.0}')}&a=1&a=2`;
    expect(present(body, 'application/x-www-form-urlencoded')).toEqual({ encoding: 'form', json });
    const part = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--';
    expect(present(part, 'multipart/form-data; boundary=b')).toEqual({
      encoding: 'multipart',
      json: '{"a":"1"}',
    });
  });

  it('is text or JSON in its charset', () => {
    expect(present(Buffer.from('caf\xe9', 'latin1'), 'text/plain; charset=iso-8859-1')).toEqual({
      encoding: 'text',
      json: '"café"',
    });
    expect(present(Buffer.from('\ufeff{"a":1}', 'utf16le'))).toEqual({ encoding: 'json', json: '{"a":1}' });
  });

  it('is made from the inflated content of an encoded body', () => {
    const body = wrapBody(gzipSync('{"a":1.0}'));
    const inflated = { encoding: 'gzip', size: 9, sha256: 'a'.repeat(64) } as const;
    expect(presentPayload({ body, contentType: null, inflated })).toEqual({
      encoding: 'json',
      json: '{"a":1.0}',
    });
  });

  it('is complete JSON for any body and any content type', () => {
    const type = fc.oneof(
      fc.constantFrom(
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=b',
        'text/plain; charset=utf-16',
        'application/json; charset=shift_jis',
      ),
      fc.string({ unit: 'binary' }),
    );
    const sent = fc.oneof(anyBody, fc.webQueryParameters().map(Buffer.from));
    fc.assert(
      fc.property(sent, type, fc.boolean(), (bytes, contentType, encoded) => {
        const inflated = { encoding: 'gzip', size: bytes.length, sha256: 'a'.repeat(64) } as const;
        const plain = present(bytes, contentType);
        JSON.parse(plain.json);
        const body = wrapBody(encoded ? gzipSync(bytes) : bytes);
        const shown = presentPayload({ body, contentType, ...(encoded && { inflated }) });
        expect(shown).toEqual(plain);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is {} for an empty body', () => {
    expect(present('')).toEqual({ encoding: 'json', json: '{}' });
  });

  it('omits a byte order mark before JSON', () => {
    expect(present('\ufeff{"a":1}')).toEqual({ encoding: 'json', json: '{"a":1}' });
  });

  it('is a JSON text from which any body can be restored', () => {
    fc.assert(
      fc.property(anyBody, (bytes) => {
        fc.pre(!hasUtf16Mark(bytes));
        const { encoding, json } = present(bytes);
        const value = JSON.parse(json);
        if (encoding === 'base64') expect(Buffer.from(value, 'base64')).toEqual(bytes);
        if (encoding === 'text') expect(Buffer.from(value)).toEqual(bytes);
        if (encoding === 'json') expect(value).toEqual(parsed(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the JSON itself whenever the bytes are JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 20 }), mark, (json, before) => {
        expect(present(before + json)).toEqual({ encoding: 'json', json: json.trim() });
      }),
    );
  });

  it('is base64 exactly when the bytes are not UTF-8', () => {
    fc.assert(
      fc.property(anyBody, (bytes) => {
        const isUtf8 = Buffer.from(bytes.toString('utf8')).equals(bytes);
        fc.pre(!hasUtf16Mark(bytes));
        expect(present(bytes).encoding === 'base64').toBe(!isUtf8);
      }),
      { numRuns: 1_000 },
    );
  });
});
