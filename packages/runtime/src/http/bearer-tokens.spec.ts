import { describe, expect, it } from 'vitest';
import { bearerTokens } from './bearer-tokens.ts';

const whose = bearerTokens([
  { name: 'jane', token: 'first-token' },
  { name: 'joe', token: 'second-token' },
]);

describe('bearer tokens', () => {
  it('are matched to their names', () => {
    expect(whose('Bearer first-token')).toBe('jane');
    expect(whose('bearer second-token')).toBe('joe');
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Basic first-token',
    'Bearer first-toke',
    'Bearer first-token x',
    'first-token',
  ])('match no name for %s', (header) => {
    expect(whose(header)).toBeNull();
  });
});
