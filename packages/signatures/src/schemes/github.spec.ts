import { createHmac } from 'node:crypto';
import { sign, verify } from '@octokit/webhooks-methods';
import { describe, expect, it } from 'vitest';
import { proofOf, receivedAt, verdictOf } from '../testing/verdict.ts';

describe('github', () => {
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
  const secret = "It's a Secret to Everybody";
  const body = 'Hello, World!';
  const digest = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const other = createHmac('sha256', secret).update('hello, World!').digest('hex');

  it('accepts the vector that GitHub documents', () => {
    const headers = { 'x-hub-signature-256': `sha256=${digest}` };
    expect(verdictOf('github', { secret, body, headers })).toBe('valid');
  });

  it("accepts what GitHub's own library signed", async () => {
    const text = JSON.stringify({ zen: 'Näin on 🎉' });
    const headers = { 'x-hub-signature-256': await sign('s', text) };
    expect(verdictOf('github', { secret: 's', body: text, headers })).toBe('valid');
  });

  it("signs what GitHub's own library accepts, and names the delivery", async () => {
    const proof = proofOf('github');
    const delivery = {
      body: Buffer.from(body),
      key: proof.keyOf(secret),
      signedAt: receivedAt,
      deliveryId: 'd-1',
    };
    const headers = proof.sign(delivery, { signatureHeader: null });
    expect(await verify(secret, body, headers['x-hub-signature-256'] ?? '')).toBe(true);
    expect(headers['x-github-delivery']).toBe('d-1');
  });

  it.each([
    ['without the prefix', digest],
    ['of another algorithm', `sha512=${digest}`],
    ['cut short', `sha256=${digest.slice(0, 62)}`],
    ['too long', `sha256=${digest}00`],
    ['of another body', `sha256=${other}`],
    ['that is repeated', `sha256=${digest}, sha256=${digest}`],
    ['that is not hex', `sha256=${'g'.repeat(64)}`],
  ])('rejects a signature %s', (_, signature) => {
    const headers = { 'x-hub-signature-256': signature };
    expect(verdictOf('github', { secret, body, headers })).toBe('invalid');
  });

  it('reads no other header', () => {
    const headers = { 'x-hub-signature': `sha1=${digest}`, 'x-webhook-signature': digest };
    expect(verdictOf('github', { secret, body, headers })).toBe('missing');
  });
});
