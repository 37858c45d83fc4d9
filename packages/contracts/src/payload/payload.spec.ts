import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyEnvelopeSchema, openBody, wrapBody } from './body-envelope.ts';
import { type PayloadIdentity, payloadIdOf } from './identity.ts';

describe('body envelope', () => {
  const bodies: [string, Uint8Array][] = [
    ['nothing', Buffer.alloc(0)],
    ['JSON', Buffer.from('{"a": 12345678901234567890.10}')],
    ['a byte order mark', Buffer.from('\ufeff{}')],
    ['NUL and controls', Buffer.from([0, 1, 2, 0x1f, 0x7f])],
    ['invalid UTF-8', Buffer.from([0xff, 0xfe, 0xc0, 0x80])],
    ['an encoded surrogate', Buffer.from([0xed, 0xa0, 0x80])],
    ['all bytes', Buffer.from(Array.from({ length: 256 }, (_, n) => n))],
  ];

  it.each(bodies)('returns %s byte for byte', (_, bytes) => {
    expect(openBody(JSON.parse(JSON.stringify(wrapBody(bytes))))).toEqual(Buffer.from(bytes));
  });

  it('returns arbitrary bytes unchanged', () => {
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 500 }),
      fc.string({ unit: 'binary', maxLength: 500 }).map((text) => Buffer.from(text)),
      fc.string({ unit: 'binary-ascii', maxLength: 500 }).map((text) => Buffer.from(`\ufeff${text}`)),
    );
    fc.assert(
      fc.property(any, (bytes) => {
        const stored = JSON.stringify(wrapBody(bytes));
        expect(openBody(bodyEnvelopeSchema.parse(JSON.parse(stored)))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it('uses text or base64, whichever is shorter in JSON', () => {
    expect(wrapBody(Buffer.from('{"plain":"text"}')).encoding).toBe('utf8');
    expect(wrapBody(Buffer.from('\u0001\u0002\u0003\u0004')).encoding).toBe('base64');
  });
});

describe('payload id', () => {
  const identity = (change: Partial<PayloadIdentity> = {}): PayloadIdentity => ({
    webhookId: '6a0d9c52-3c0b-4c5e-9d52-7c1f2a3b4c02',
    verdict: 'verified',
    sha256: createHash('sha256').update('a').digest('hex'),
    name: { key: 'delivery-1', source: 'header:x-github-delivery', signed: false },
    dedupeDiffering: 'same',
    windowSeconds: 604_800,
    receivedAt: Date.UTC(2026, 2, 5, 12),
    ...change,
  });
  const signed = { key: 'evt_1', source: 'body:/id', signed: true };

  it('is the same for a repeat', () => {
    expect(payloadIdOf(identity())).toBe(payloadIdOf(identity()));
  });

  it('is new for every arrival that the sender does not name', () => {
    expect(payloadIdOf(identity({ name: null }))).not.toBe(payloadIdOf(identity({ name: null })));
  });

  it('uses an unsigned key only together with the body', () => {
    expect(payloadIdOf(identity({ sha256: 'b'.repeat(64) }))).not.toBe(payloadIdOf(identity()));
  });

  it('uses a signed key alone', () => {
    const other = identity({ name: signed, sha256: 'b'.repeat(64) });
    expect(payloadIdOf(other)).toBe(payloadIdOf(identity({ name: signed })));
  });

  it('uses a signed key together with the body if differing bodies are separate', () => {
    const first = identity({ name: signed, dedupeDiffering: 'separate' });
    const differing = { ...first, sha256: createHash('sha256').update('b').digest('hex') };
    expect(payloadIdOf(differing)).not.toBe(payloadIdOf(first));
    expect(payloadIdOf({ ...first })).toBe(payloadIdOf(first));
    expect(payloadIdOf(first)).not.toBe(payloadIdOf(identity({ name: signed })));
  });

  it('does not depend on the setting for differing bodies if the key is unsigned', () => {
    expect(payloadIdOf(identity({ dedupeDiffering: 'separate' }))).toBe(payloadIdOf(identity()));
    const unverified = identity({ name: signed, verdict: 'unverified' });
    expect(payloadIdOf({ ...unverified, dedupeDiffering: 'separate' })).toBe(payloadIdOf(unverified));
  });

  it('is never shared by verified and unverified arrivals, and an unverified key does not count as signed', () => {
    const unverified = identity({ name: signed, verdict: 'unverified' });
    expect(payloadIdOf(unverified)).not.toBe(payloadIdOf(identity({ name: signed })));
    expect(payloadIdOf(unverified)).not.toBe(payloadIdOf({ ...unverified, sha256: 'b'.repeat(64) }));
  });

  it('differs between webhooks and between sources of the key', () => {
    const here = payloadIdOf(identity());
    expect(payloadIdOf(identity({ webhookId: '2f1b7a3e-7c41-4f0e-8a55-0c9b8f0d1e01' }))).not.toBe(here);
    expect(
      payloadIdOf(identity({ name: { key: 'delivery-1', source: 'header:other', signed: false } })),
    ).not.toBe(here);
  });

  it('is new after the window', () => {
    const later = identity().receivedAt + 604_800_000;
    expect(payloadIdOf(identity({ receivedAt: later }))).not.toBe(payloadIdOf(identity()));
  });

  it('depends on the time that the sender signed, if there is one, and not on the time of receipt', () => {
    const name = { ...signed, signedAt: 1_772_712_000 };
    const later = identity().receivedAt + 6_048_000_000;
    expect(payloadIdOf(identity({ name, receivedAt: later }))).toBe(payloadIdOf(identity({ name })));
  });
});
