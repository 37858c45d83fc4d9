import { type SignatureScheme, signatureSchemeSchema } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import type { SignatureVerdict } from '../scheme.ts';
import { detailedVerdictOf, proofOf, receivedAt, seconds } from '../testing/verdict.ts';
import { schemes } from './schemes.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const anotherSecret = 'whsec_bm90IHRoZSByaWdodCBvbmUgYXQgYWxs';
const body = '{"id":"evt_1"}';

type Headers = Record<string, string>;

const signed = (
  scheme: SignatureScheme,
  { key = secret, text = body, signedAt = receivedAt } = {},
): Headers => {
  const proof = proofOf(scheme);
  const given = { body: Buffer.from(text), key: proof.keyOf(key), signedAt, deliveryId: 'd-1' };
  return proof.sign(given, { signatureHeader: null });
};
const verdict = (scheme: SignatureScheme, headers: Headers, sent = body): SignatureVerdict =>
  detailedVerdictOf(scheme, { secret, body: sent, headers });

/** The header that carries each scheme's proof. */
const proofHeaders = {
  hmac: 'x-hub-signature-256',
  github: 'x-hub-signature-256',
  stripe: 'stripe-signature',
  'standard-webhooks': 'webhook-signature',
  slack: 'x-slack-signature',
  shopify: 'x-shopify-hmac-sha256',
  gitlab: 'x-gitlab-token',
  token: 'x-webhook-token',
} as const;
type Proving = keyof typeof proofHeaders;
const proving = Object.keys(proofHeaders) as Proving[];
const timestamped = proving.filter((scheme) => schemes[scheme].timestamped);
const tokens = proving.filter((scheme) => !schemes[scheme].covers.body);
const digests = proving.filter((scheme) => schemes[scheme].covers.body);

it('the table contains every scheme that proves something', () => {
  expect([...proving, 'none'].sort()).toEqual([...signatureSchemeSchema.options].sort());
});

describe.each(proving)('%s', (scheme) => {
  const header = proofHeaders[scheme];

  it.each([
    ['no header at all', {}],
    ['an empty header', { [header]: '' }],
    ['the proof in a header of another scheme', { 'x-some-signature': 'sha256=00' }],
    ['the name with underscores', { [header.replaceAll('-', '_')]: signed(scheme)[header] ?? '' }],
  ])('%s: no_signature_header', (_, headers) => {
    expect(verdict(scheme, headers as Headers)).toBe('no_signature_header');
  });

  it('every header of the proof is needed', () => {
    const whole = signed(scheme);
    const needed = [header, ...schemes[scheme].covers.headers];
    for (const name of needed) {
      const { [name]: _, ...others } = whole;
      expect([name, verdict(scheme, others)]).toEqual([name, 'no_signature_header']);
    }
  });
});

describe.each(tokens)('%s', (scheme) => {
  it.each([
    ['another token', anotherSecret],
    ['the token with one more character', `${secret}x`],
    ['the token without its first character', secret.slice(1)],
    ['the token in upper case', secret.toUpperCase()],
    ['the token twice', `${secret}, ${secret}`],
  ])('%s: token_mismatch', (_, given) => {
    expect(verdict(scheme, { [proofHeaders[scheme]]: given })).toBe('token_mismatch');
  });
});

describe.each(digests)('%s', (scheme) => {
  const header = proofHeaders[scheme];

  it.each([
    ["another webhook's secret", () => verdict(scheme, signed(scheme, { key: anotherSecret }))],
    ['one byte more', () => verdict(scheme, signed(scheme), `${body}\n`)],
    ['one byte less', () => verdict(scheme, signed(scheme), body.slice(0, -1))],
    ['a byte order mark before it', () => verdict(scheme, signed(scheme), `\ufeff${body}`)],
    ['the body serialized differently', () => verdict(scheme, signed(scheme), '{ "id": "evt_1" }')],
    ['no body', () => verdict(scheme, signed(scheme), '')],
  ])('%s: digest_mismatch', (_, given) => {
    expect(given()).toBe('digest_mismatch');
  });

  it.each([
    ['nonsense', () => 'nonsense'],
    ['cut short', (right: string) => right.slice(0, -4)],
    ['too long', (right: string) => `${right}0000`],
    ['of an unknown version', (right: string) => right.replace(/^(sha256=|v0=|v1,|t=)?/, 'v9:')],
    ['in quotation marks', (right: string) => `"${right}"`],
    ['of non-ASCII characters', () => 'é'.repeat(64)],
  ])('a signature %s: unknown_format', (_, change) => {
    const whole = signed(scheme);
    expect(verdict(scheme, { ...whole, [header]: change(whole[header] ?? '') })).toBe('unknown_format');
  });
});

describe('a signature in the format of another scheme: unknown_format', () => {
  const hex = signed('github')['x-hub-signature-256']?.slice('sha256='.length) ?? '';
  it.each<[Proving, string, string]>([
    ['github', 'without its prefix', hex],
    ['github', 'in base64', `sha256=${Buffer.from(hex, 'hex').toString('base64')}`],
    ['github', 'of SHA-1', `sha1=${hex.slice(0, 40)}`],
    ['slack', 'without its version', hex],
    ['slack', 'with the prefix of GitHub', `sha256=${hex}`],
    ['shopify', 'in hex', hex],
    ['shopify', 'in base64url', Buffer.alloc(32, 251).toString('base64url')],
    ['stripe', 'without v1', `t=${seconds},v0=${hex}`],
    ['stripe', 'without a time', `v1=${hex}`],
    ['stripe', 'without names', hex],
    ['standard-webhooks', 'without its version', Buffer.from(hex, 'hex').toString('base64')],
    ['standard-webhooks', 'of version v1a alone', `v1a,${Buffer.from(hex, 'hex').toString('base64')}`],
    ['standard-webhooks', 'in hex', `v1,${hex}`],
    ['hmac', 'of MD5', hex.slice(0, 32)],
    ['hmac', 'of SHA-384', `sha384=${hex}${hex.slice(0, 32)}`],
  ])('%s, %s', (scheme, _, signature) => {
    expect(verdict(scheme, { ...signed(scheme), [proofHeaders[scheme]]: signature })).toBe('unknown_format');
  });

  it('standard-webhooks, with an ambiguous id', () => {
    const headers = { ...signed('standard-webhooks'), 'webhook-id': 'msg.1' };
    expect(verdict('standard-webhooks', headers)).toBe('unknown_format');
  });
});

describe.each(timestamped)('%s', (scheme) => {
  it.each([
    ['301 s ago', -301, 'timestamp_too_old'],
    ['an hour ago', -3_600, 'timestamp_too_old'],
    ['a year ago', -31_536_000, 'timestamp_too_old'],
    ['in 1970', 1 - seconds, 'timestamp_too_old'],
    ['in 301 s', 301, 'timestamp_in_future'],
    ['in an hour', 3_600, 'timestamp_in_future'],
    ['in a year', 31_536_000, 'timestamp_in_future'],
    ['300 s ago', -300, 'valid'],
    ['in 300 s', 300, 'valid'],
  ])('signed %s: %s', (_, offset, expected) => {
    expect(verdict(scheme, signed(scheme, { signedAt: receivedAt + offset * 1000 }))).toBe(expected);
  });

  it.each([
    ['milliseconds', 1e3],
    ['microseconds', 1e6],
    ['nanoseconds', 1e9],
  ])('signed in %s: timestamp_unit, now and an hour ago, with any secret', (_, perSecond) => {
    for (const at of [seconds, seconds - 3_600])
      for (const key of [secret, anotherSecret]) {
        const headers = signed(scheme, { key, signedAt: at * perSecond * 1000 });
        expect(verdict(scheme, headers)).toBe('timestamp_unit');
      }
  });

  it.each(['1e9', '-5', '0x10', '1772712000.5', '2026-11-23T12:00:00Z', '9'.repeat(400)])(
    'signed at %s: unknown_format',
    (time) => {
      const headers = Object.entries(signed(scheme)).map(([name, value]) => [
        name,
        value.replace(String(seconds), time),
      ]);
      expect(verdict(scheme, Object.fromEntries(headers))).toBe('unknown_format');
    },
  );

  it('an old time with a wrong digest is reported as a wrong digest, because the time may be forged', () => {
    const old = { signedAt: receivedAt - 3_600_000 };
    expect(verdict(scheme, signed(scheme, { ...old, key: anotherSecret }))).toBe('digest_mismatch');
    expect(verdict(scheme, signed(scheme, old), '{}')).toBe('digest_mismatch');
  });
});
