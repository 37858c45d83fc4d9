import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrapBody } from '../body-envelope.ts';
import { contentOf } from './content.ts';
import {
  type ContentEncoding,
  ContentTooLarge,
  inflateContent,
  inflateContentSync,
  MalformedEncoding,
} from './content-encoding.ts';

const text = Buffer.from('{"id":"e1"}');
const gzip = gzipSync(text);
const zlib = deflateSync(text);
const raw = deflateRawSync(text);

/** Inflates with both functions and checks that they return the same content or throw the same error. */
const inflated = async (bytes: Buffer, encoding: ContentEncoding, maxBytes = 1_000) => {
  const outcome = (error: unknown) => (error as Error).constructor;
  const later = await inflateContent(bytes, encoding, maxBytes).catch(outcome);
  let now: unknown;
  try {
    now = inflateContentSync(bytes, encoding, maxBytes);
  } catch (error) {
    now = outcome(error);
  }
  expect(now).toEqual(later);
  return later;
};

describe('an encoded body', () => {
  it.each<[string, Buffer, ContentEncoding]>([
    ['gzip', gzip, 'gzip'],
    ['gzip at another level', gzipSync(text, { level: 0 }), 'gzip'],
    ['deflate in the zlib format', zlib, 'deflate'],
    ['deflate at the fastest level', deflateSync(text, { level: 1 }), 'deflate'],
    ['raw deflate', raw, 'deflate'],
    ['gzip in two members', Buffer.concat([gzipSync('{"id":'), gzipSync('"e1"}')]), 'gzip'],
  ])('in %s is inflated', async (_, bytes, encoding) => {
    expect(await inflated(bytes, encoding)).toEqual(text);
  });

  it.each<[string, Buffer, ContentEncoding]>([
    ['plain JSON', text, 'gzip'],
    ['plain JSON', text, 'deflate'],
    ['nothing', Buffer.alloc(0), 'gzip'],
    ['nothing', Buffer.alloc(0), 'deflate'],
    ['the other encoding', zlib, 'gzip'],
    ['the other encoding', gzip, 'deflate'],
    ['a truncated stream', gzip.subarray(0, -1), 'gzip'],
    ['a truncated stream', zlib.subarray(0, -1), 'deflate'],
    ['a header alone', gzip.subarray(0, 10), 'gzip'],
    ['a wrong checksum', Buffer.concat([gzip.subarray(0, -8), Buffer.alloc(8)]), 'gzip'],
    ['zeros after the end', Buffer.concat([gzip, Buffer.alloc(4)]), 'gzip'],
    ['text after the end', Buffer.concat([gzip, Buffer.from('more')]), 'gzip'],
    ['text after the end', Buffer.concat([zlib, Buffer.from('more')]), 'deflate'],
    ['text after the end of raw deflate', Buffer.concat([raw, Buffer.from('more')]), 'deflate'],
    ['half a second member', Buffer.concat([gzip, gzip.subarray(0, 5)]), 'gzip'],
  ])('that is %s is malformed', async (_, bytes, encoding) => {
    expect(await inflated(bytes, encoding)).toBe(MalformedEncoding);
  });

  it('is inflated up to the limit and not one byte further', async () => {
    const large = Buffer.alloc(1_000, 'x');
    for (const [bytes, encoding] of [
      [gzipSync(large), 'gzip'],
      [deflateSync(large), 'deflate'],
      [deflateRawSync(large), 'deflate'],
    ] as const) {
      expect(await inflated(bytes, encoding, 1_000)).toEqual(large);
      expect(await inflated(bytes, encoding, 999)).toBe(ContentTooLarge);
    }
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(await inflated(Buffer.concat([bomb, bomb]), 'gzip')).toBe(ContentTooLarge);
  });

  it('without content inflates to nothing', async () => {
    for (const bytes of [gzipSync(''), deflateSync(''), deflateRawSync('')]) {
      const encoding = bytes[0] === 0x1f ? 'gzip' : 'deflate';
      expect(await inflated(bytes, encoding, 0)).toEqual(Buffer.alloc(0));
    }
  });

  it('restores arbitrary bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 1_000 }), async (bytes) => {
        const content = Buffer.from(bytes);
        expect(await inflated(gzipSync(content), 'gzip')).toEqual(content);
        expect(await inflated(deflateSync(content), 'deflate')).toEqual(content);
        expect(await inflated(deflateRawSync(content), 'deflate')).toEqual(content);
      }),
    );
  });
});

describe('the content of a stored body', () => {
  const sha256 = 'a'.repeat(64);
  const stored = (bytes: Buffer, size: number) =>
    contentOf({
      body: wrapBody(bytes),
      contentType: 'application/json',
      inflated: { encoding: 'gzip', size, sha256 },
    });

  it('is inflated up to the size in the event', () => {
    expect(stored(gzip, text.length).decoded).toMatchObject({ kind: 'json', value: { id: 'e1' } });
  });

  it('is the body as received if it cannot be inflated to that size', () => {
    expect(stored(gzip, 1).decoded).toEqual({ kind: 'bytes' });
    expect(stored(text, 1).bytes).toEqual(text);
  });
});
