import { describe, expect, it } from 'vitest';
import { requestIdOf } from './request-id.ts';

describe('the request id', () => {
  it('is the caller’s if it is well-formed', () => {
    expect(requestIdOf('a.B-9_')).toBe('a.B-9_');
  });

  it.each([undefined, '', 'a b', 'ü', 'x'.repeat(65), ['a', 'b'], 'a\nb'])(
    'is generated for %j',
    (header) => {
      expect(requestIdOf(header)).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});
