import { describe, expect, it } from 'vitest';
import { proofOf, receivedAt, verdictOf } from '../testing/verdict.ts';
import { schemes } from './schemes.ts';

const secret = 'kissa istuu matolla';

describe('gitlab', () => {
  const verdict = (headers: Record<string, string>) => verdictOf('gitlab', { secret, body: '{}', headers });

  it('accepts only the secret token', () => {
    expect(verdict({ 'x-gitlab-token': secret })).toBe('valid');
    expect(verdict({})).toBe('missing');
    expect(verdict({ 'x-webhook-token': secret })).toBe('missing');
    for (const token of [`${secret}x`, secret.slice(1), secret.toUpperCase(), `${secret}, ${secret}`]) {
      expect(verdict({ 'x-gitlab-token': token })).toBe('invalid');
    }
  });
});

describe('token', () => {
  const verdict = (headers: Record<string, string>, signatureHeader: string | null = null) =>
    verdictOf('token', { secret, body: '', headers, signatureHeader });

  it('reads X-Webhook-Token, or only the configured header', () => {
    expect(verdict({ 'x-webhook-token': secret })).toBe('valid');
    expect(verdict({ 'x-mine': secret }, 'x-mine')).toBe('valid');
    expect(verdict({ 'x-webhook-token': secret }, 'x-mine')).toBe('missing');
    expect(schemes.token.secretHeaders({ signatureHeader: 'x-mine' })).toEqual(['x-mine']);
    expect(schemes.token.secretHeaders({ signatureHeader: null })).toEqual(['x-webhook-token']);
  });

  it.each([`Bearer ${secret}`, `bearer  ${secret}`, secret])('accepts "%s" from Authorization', (value) => {
    expect(verdict({ authorization: value }, 'authorization')).toBe('valid');
  });

  it.each([
    [`Basic ${secret}`, 'authorization'],
    [`Bearer${secret}`, 'authorization'],
    [`Bearer Bearer ${secret}`, 'authorization'],
    [`Bearer ${secret}`, 'x-mine'],
    [`${secret}, ${secret}`, 'x-mine'],
    ['Bearer ', 'authorization'],
  ])('rejects "%s" in %s', (value, name) => {
    expect(verdict({ [name]: value }, name)).toBe('invalid');
  });

  it('sends the token as a bearer token in Authorization, otherwise unchanged', () => {
    const proof = proofOf('token');
    const key = proof.keyOf(secret);
    const delivery = { body: Buffer.from(''), key, signedAt: receivedAt, deliveryId: 'd' };
    expect(proof.sign(delivery, { signatureHeader: 'authorization' })).toEqual({
      authorization: `Bearer ${secret}`,
    });
    expect(proof.sign(delivery, { signatureHeader: null })).toEqual({ 'x-webhook-token': secret });
  });
});
