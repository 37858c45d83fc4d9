import { describe, expect, it } from 'vitest';
import { InvalidSecret } from './secret.ts';
import { proofOf } from './testing/verdict.ts';

describe('a secret', () => {
  it.each(['hmac', 'github', 'stripe', 'slack', 'shopify'] as const)('of %s cannot be empty', (scheme) => {
    expect(() => proofOf(scheme).keyOf('')).toThrow(new InvalidSecret('must not be empty.'));
  });

  it.each(['hmac', 'github', 'stripe', 'slack', 'shopify'] as const)(
    'of %s that was stored with invisible characters at its end keeps working',
    (scheme) => {
      for (const secret of ['s3cret ', '\u00a0s3cret', 's3cret\u200b']) {
        expect(proofOf(scheme).keyOf(secret).export()).toEqual(Buffer.from(secret));
      }
    },
  );

  it.each(['', 'pöllö', ' a', 'a ', 'a\n', 'a\u007f'])('that is sent as a header cannot be %j', (secret) => {
    const refusal = new InvalidSecret(
      'must be printable ASCII without spaces at its ends: it is sent as a header.',
    );
    expect(() => proofOf('gitlab').keyOf(secret)).toThrow(refusal);
    expect(() => proofOf('token').keyOf(secret)).toThrow(refusal);
  });

  it.each(['', 'whsec_', 'whsec_a b', 'whsec_a', 'whsec_YR==', 'whpk_abcd', 'WHSEC_YQ=='])(
    'of standard-webhooks cannot be "%s"',
    (secret) => {
      const refusal = new InvalidSecret('must be base64, with or without whsec_ before it.');
      expect(() => proofOf('standard-webhooks').keyOf(secret)).toThrow(refusal);
    },
  );

  it.each(['whsec_YQ==', 'whsec_YQ', 'YQ=='])('of standard-webhooks is decoded from "%s"', (secret) => {
    expect(proofOf('standard-webhooks').keyOf(secret).export()).toEqual(Buffer.from('a'));
  });
});
