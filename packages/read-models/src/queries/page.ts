/** Which part of a list to return. `offset` counts from the cursor, or from the newest row if there is no cursor. */
export interface PageRequest {
  readonly limit: number;
  readonly offset: number;
  /** `next_cursor` of the previous page. */
  readonly cursor?: string | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  /** Of the whole list; null if counting would cost more than the page. */
  readonly total: number | null;
  readonly limit: number;
  readonly offset: number;
  /** null: this is the last page. */
  readonly next_cursor: string | null;
}

/** @param rows one more than the limit if there is a next page */
export const pageOf = <Item>(
  request: PageRequest,
  rows: readonly Item[],
  total: number | null,
  cursorAfter: (last: Item) => string,
): Page<Item> => {
  const items = rows.slice(0, request.limit);
  const last = items.at(-1);
  const { limit, offset } = request;
  return { items, total, limit, offset, next_cursor: last && rows.length > limit ? cursorAfter(last) : null };
};
