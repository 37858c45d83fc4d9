import type { PageSizes } from './log-source.ts';

/**
 * Yields pages one after the other. Once pages have grown to the maximum, the next one is read while the reader processes the
 * current one. `previous` is undefined for the first page; a page after which nothing is to be read is `last`.
 */
export async function* pagesAhead<Page>(
  { first, factor, largest }: PageSizes,
  read: (previous: Page | undefined, count: number) => Promise<Page>,
  isLast: (page: Page) => boolean,
): AsyncGenerator<Page, void> {
  let count = first;
  let previous: Page | undefined;
  let ahead: Promise<Page> | undefined;
  for (;;) {
    const page: Page = await (ahead ?? read(previous, count));
    ahead = undefined;
    previous = page;
    const over = isLast(page);
    if (!over && count === largest) {
      ahead = read(page, count);
      // The error does not matter if the reader has left in the meantime.
      ahead.catch(() => undefined);
    }
    count = Math.min(count * factor, largest);
    yield page;
    if (over) return;
  }
}
