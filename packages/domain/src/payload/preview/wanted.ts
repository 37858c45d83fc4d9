import { tokensOf } from '@mission-control/contracts';

/** Values that are looked for in a JSON text, as a tree of names. */
export interface Wanted {
  /** The place of the pointer that ends here in the list of pointers; null: none ends here. */
  rank: number | null;
  readonly members: Map<string, Wanted>;
  /** `*`: the first items of an array. */
  anyItem: Wanted | null;
  /** No item after this one is wanted. */
  lastItem: number;
}

/** So many items are found by a `*`. */
const itemsOfStar = 3;

const nothing = (): Wanted => ({ rank: null, members: new Map(), anyItem: null, lastItem: -1 });

/**
 * The tree of some JSON pointers (RFC 6901). Besides, `*` stands for each of the first items of an array.
 *
 * @param pointers the most important first
 */
export const wantedOf = (pointers: readonly string[]): Wanted => {
  const root = nothing();
  for (const [rank, pointer] of pointers.entries()) {
    let at = root;
    for (const token of tokensOf(pointer) ?? []) at = step(at, token);
    at.rank ??= rank;
  }
  return root;
};

const step = (at: Wanted, token: string): Wanted => {
  if (token === '*') {
    at.anyItem ??= nothing();
    at.lastItem = Math.max(at.lastItem, itemsOfStar - 1);
    return at.anyItem;
  }
  const known = at.members.get(token) ?? nothing();
  at.members.set(token, known);
  if (/^\d{1,6}$/.test(token)) at.lastItem = Math.max(at.lastItem, Number(token));
  return known;
};

/** What is wanted of an item. */
export const wantedItem = (at: Wanted, index: number): Wanted | null => {
  if (index > at.lastItem) return null;
  return at.members.get(String(index)) ?? (index < itemsOfStar ? at.anyItem : null);
};

/** What is wanted of a member. @param written its name as the JSON text has it, with quotes */
export const wantedMember = (at: Wanted, written: string): Wanted | null =>
  at.members.size === 0 ? null : (at.members.get(nameOf(written)) ?? null);

/** The name that JSON writes like this. */
export const nameOf = (written: string): string =>
  written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
