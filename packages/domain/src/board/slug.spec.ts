import { describe, expect, it } from 'vitest';
import { decideBoardSlug, evolveBoardSlug, freeSlug } from './slug.ts';

describe('a slug', () => {
  const reserved = { type: 'BoardSlugReserved', data: { slug: 's', boardId: 'b' } } as const;
  const released = { type: 'BoardSlugReleased', data: { slug: 's', boardId: 'b' } } as const;
  const taken = evolveBoardSlug(freeSlug, reserved);

  it('belongs to one board at a time', () => {
    expect(decideBoardSlug({ type: 'ReserveSlug', slug: 's', boardId: 'b' }, freeSlug)).toEqual([reserved]);
    expect(() => decideBoardSlug({ type: 'ReserveSlug', slug: 's', boardId: 'other' }, taken)).toThrow(
      /slug s/,
    );
    expect(decideBoardSlug({ type: 'ReserveSlug', slug: 's', boardId: 'b' }, taken)).toEqual([]);
  });

  it('is released only by its own board', () => {
    expect(decideBoardSlug({ type: 'ReleaseSlug', slug: 's', boardId: 'other' }, taken)).toEqual([]);
    expect(decideBoardSlug({ type: 'ReleaseSlug', slug: 's', boardId: 'b' }, taken)).toEqual([released]);
    expect(evolveBoardSlug(taken, released)).toEqual(freeSlug);
  });
});
