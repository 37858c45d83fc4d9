import { longestSlug } from './board-input.ts';

/** A slug made of a board's name: accents dropped, everything but letters and digits a hyphen. `board` where nothing is left. */
export const slugOfName = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longestSlug - 9)
    .replace(/^-+|-+$/g, '') || 'board';
