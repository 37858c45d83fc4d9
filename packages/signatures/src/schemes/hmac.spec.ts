import { type BinaryToTextEncoding, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verdictOf } from '../testing/verdict.ts';
import { schemes } from './schemes.ts';

const body = Buffer.from([0, 255, 10, 13]);
const digestOf = (algorithm: string, encoding: BinaryToTextEncoding, secret = 's') =>
  createHmac(algorithm, secret).update(body).digest(encoding);
const hex = digestOf('sha256', 'hex');
const verdict = (headers: Record<string, string>, signatureHeader: string | null = null) =>
  verdictOf('hmac', { secret: 's', body, headers, signatureHeader });

describe('hmac', () => {
  it.each(['sha1', 'sha256', 'sha512'])('recognises %s by the length of the digest', (algorithm) => {
    const padded = digestOf(algorithm, 'base64');
    const forms = [
      digestOf(algorithm, 'hex'),
      digestOf(algorithm, 'hex').toUpperCase(),
      padded,
      padded.replace(/=+$/, ''),
      digestOf(algorithm, 'base64url'),
    ];
    for (const form of forms) {
      expect(verdict({ 'x-webhook-signature': form })).toBe('valid');
      expect(verdict({ 'x-webhook-signature': `${algorithm}=${form}` })).toBe('valid');
      expect(verdict({ 'x-webhook-signature': `${algorithm.toUpperCase()}=${form}` })).toBe('valid');
    }
  });

  // RFC 2202, 3, test case 2; RFC 4231, 4.3.
  it.each([
    'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  ])('accepts the published vector %s', (signature) => {
    const given = { secret: 'Jefe', body: 'what do ya want for nothing?' };
    expect(verdictOf('hmac', { ...given, headers: { 'x-hub-signature-256': signature } })).toBe('valid');
  });

  it.each([
    ['with the name of another hash', `sha1=${hex}`],
    ['with the name of another hash, of the right length', `sha512=${digestOf('sha256', 'base64')}`],
    ['with an unknown name', `md5=${hex}`],
    ['with the name twice', `sha256=sha256=${hex}`],
    ['cut short', hex.slice(0, 62)],
    ['too long', `${hex}00`],
    ['that is repeated', `${hex}, ${hex}`],
    ['that is not hex', 'g'.repeat(64)],
    ['of 28 characters that are not 20 bytes', 'A'.repeat(28)],
    ['of 88 characters that are not 64 bytes', 'A'.repeat(88)],
    ['of another secret', digestOf('sha256', 'hex', 't')],
    ['of another secret, in another hash', digestOf('sha1', 'base64', 't')],
  ])('rejects a signature %s', (_, signature) => {
    expect(verdict({ 'x-webhook-signature': signature })).toBe('invalid');
  });

  it('reads only the configured header', () => {
    const headers = { 'x-mine': hex, 'x-hub-signature-256': 'other' };
    expect(verdict(headers, 'x-mine')).toBe('valid');
    expect(verdict({ 'x-hub-signature-256': hex }, 'x-mine')).toBe('missing');
    expect(verdict({}, 'constructor')).toBe('missing');
  });

  it('does not try the second default header if the first one is wrong', () => {
    const wrong = digestOf('sha256', 'hex', 't');
    expect(verdict({ 'x-hub-signature-256': wrong, 'x-webhook-signature': hex })).toBe('invalid');
  });

  it('distinguishes missing from invalid', () => {
    expect(verdict({})).toBe('missing');
    expect(verdict({ 'x-webhook-signature': '' })).toBe('missing');
  });

  it('redacts the headers that it reads', () => {
    expect(schemes.hmac.secretHeaders({ signatureHeader: 'x-mine' })).toEqual(['x-mine']);
    expect(schemes.hmac.secretHeaders({ signatureHeader: null })).toEqual([
      'x-hub-signature-256',
      'x-webhook-signature',
    ]);
  });
});
