import { Content } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { proofOf, receivedAt } from '../testing/verdict.ts';
import { schemes, schemesWith } from './schemes.ts';

/** The sample of a test delivery, and the headers that prove it. */
const signedSample = (scheme: ReturnType<typeof schemesWith>[number], deliveryId: string) => {
  const { keyOf, sign } = proofOf(scheme);
  const given = { deliveryId, signedAt: receivedAt };
  const { headers, body } = schemes[scheme].sample(given);
  const key = keyOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  return { headers, body, signature: sign({ ...given, body, key }, { signatureHeader: null }) };
};

describe.each(schemesWith('proof'))('the sample of %s', (scheme) => {
  it('says that it is a test, and is proven only by its signature', () => {
    const { headers, body, signature } = signedSample(scheme, crypto.randomUUID());
    expect(body.toString()).toContain('This is a test delivery');
    expect(Object.keys(headers).filter((name) => name in signature)).toEqual([]);
  });
});

it.each(schemesWith('preset'))('each sample of %s has a different delivery name', (scheme) => {
  const [first, second] = [crypto.randomUUID(), crypto.randomUUID()].map((deliveryId) => {
    const { headers, body, signature } = signedSample(scheme, deliveryId);
    const content = new Content(body, headers['content-type'] ?? null);
    return schemes[scheme].deliveryName({ headers: { ...headers, ...signature }, content }, 'verified');
  });
  expect(first?.key).toBeTypeOf('string');
  expect(second?.key).toBeTypeOf('string');
  expect(first?.key).not.toBe(second?.key);
});

it('a preset sets everything except the secret, so its scheme needs one', () => {
  expect(schemesWith('preset').filter((scheme) => !proofOf(scheme).needsSecret)).toEqual([]);
  expect(schemesWith('preset').filter((scheme) => schemes[scheme].acceptsSignatureHeader)).toEqual([]);
});
