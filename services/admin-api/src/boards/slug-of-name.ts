import { longestSlug } from './board-input.ts';

/**
 * A slug derived from a board's name: accents are dropped, and everything but letters and digits becomes a hyphen. `board` when
 * nothing is left.
 */
export const slugOfName = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longestSlug - 9)
    .replace(/^-+|-+$/g, '') || 'board';
