import { type BoardSlugFact, unchangedBy } from '@mission-control/contracts';
import { CommandRejected } from '../rejected.ts';

/** A slug belongs to one board at a time. */
export type BoardSlug =
  | { readonly status: 'free' }
  | { readonly status: 'reserved'; readonly boardId: string };

export const freeSlug: BoardSlug = { status: 'free' };

export const evolveBoardSlug = (state: BoardSlug, fact: BoardSlugFact): BoardSlug => {
  switch (fact.type) {
    case 'BoardSlugReserved':
      return { status: 'reserved', boardId: fact.data.boardId };
    case 'BoardSlugReleased':
      return freeSlug;
    default:
      return unchangedBy(state, fact);
  }
};

export type BoardSlugCommand = { type: 'ReserveSlug' | 'ReleaseSlug'; slug: string; boardId: string };

/** @throws CommandRejected if another board has the slug */
export const decideBoardSlug = (command: BoardSlugCommand, state: BoardSlug): BoardSlugFact[] => {
  const { slug, boardId } = command;
  const mine = state.status === 'reserved' && state.boardId === boardId;
  if (command.type === 'ReleaseSlug')
    return mine ? [{ type: 'BoardSlugReleased', data: { slug, boardId } }] : [];
  if (mine) return [];
  if (state.status === 'reserved') {
    throw new CommandRejected('conflict', 'slug_taken', `Another board has the slug ${slug}.`);
  }
  return [{ type: 'BoardSlugReserved', data: { slug, boardId } }];
};
