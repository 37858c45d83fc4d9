import type { LogPage, LogRow } from './read-log.ts';
import { pageGrowth, pageLimits } from './read-page.ts';

/**
 * Pages one after the other. Once a reader has shown that he wants much, the next page is read while he is at work on the last one.
 * `read` answers undefined to end early; `after` is undefined for the first page.
 */
export async function* pagesAhead(
  read: (after: LogRow | undefined, count: number) => Promise<LogPage | undefined>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<LogPage, void> {
  let left = limit;
  let count = pageGrowth.first;
  let ahead: Promise<LogPage | undefined> | undefined;
  let last: LogRow | undefined;
  while (left > 0) {
    const page: LogPage | undefined = await (ahead ?? read(last, Math.min(count, left)));
    ahead = undefined;
    if (page === undefined) return;
    for (const { shown } of page.rows) if (shown) left -= 1;
    last = page.rows.at(-1);
    const over = page.complete || last === undefined;
    if (!over && count === pageLimits.events && left >= count) {
      ahead = read(last, count);
      // Who has left in the meantime does not care.
      ahead.catch(() => undefined);
    }
    count = Math.min(count * pageGrowth.factor, pageLimits.events);
    yield page;
    if (over) return;
  }
}
