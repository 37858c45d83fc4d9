import type { CallOptions, Client } from './client.ts';
import { elementsOf, membersOf } from './json-parts.ts';
import type { Route } from './routes.ts';

/** The most that are asked for at once. A page of payloads is as large as its payloads, so those are fewer. */
const pageSize = 200;
export const pageOfPayloads = 50;

export interface Page {
  /** JSON texts, each on one line, otherwise as the system wrote them. */
  readonly items: readonly string[];
  /** Null if the list does not count, or has no pages. */
  readonly total: number | null;
  /** Where the list goes on, if it does. */
  readonly next: string | null;
}

/**
 * Reads a list page by page, so that memory does not grow with its length.
 *
 * @param limit how many items at most; Infinity for all
 */
export const pagesOf = async function* (
  client: Client,
  route: Route,
  options: CallOptions,
  limit: number,
  size = pageSize,
): AsyncGenerator<Page> {
  let [cursor, left] = [undefined as string | undefined, limit];
  do {
    const query = { ...options.query, limit: Math.min(left, size), ...(cursor && { cursor }) };
    const page = pageIn(await client.text(route, { ...options, query }));
    yield page;
    left -= page.items.length;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && left > 0);
};

/** A list that the system returns as a whole. */
export const wholeList = async (client: Client, route: Route, options: CallOptions = {}): Promise<Page> =>
  pageIn(await client.text(route, options));

const pageIn = (text: string): Page => {
  const members = membersOf(text);
  const memberOf = (name: string): unknown => JSON.parse(members.get(name) ?? 'null');
  return {
    items: elementsOf(members.get('items') ?? '[]'),
    total: memberOf('total') as number | null,
    next: memberOf('next_cursor') as string | null,
  };
};
