import type { RecordedEvent } from '../port.ts';
import type { LogPage } from './read-log.ts';
import { pageGrowth, pageLimits } from './read-page.ts';

/**
 * Pages one after the other. Once a reader has shown that he wants much, the next page is read while he is at work on the last one.
 * `read` answers undefined to end early; `after` is undefined for the first page.
 */
export async function* pagesAhead(
  read: (after: RecordedEvent | undefined, count: number) => Promise<LogPage | undefined>,
): AsyncGenerator<LogPage, void> {
  let count = pageGrowth.first;
  let ahead: Promise<LogPage | undefined> | undefined;
  let last: RecordedEvent | undefined;
  for (;;) {
    const page: LogPage | undefined = await (ahead ?? read(last, count));
    ahead = undefined;
    if (page === undefined) return;
    last = page.events.at(-1);
    const over = page.complete || last === undefined;
    if (!over && count === pageLimits.events) {
      ahead = read(last, count);
      // Who has left in the meantime does not care.
      ahead.catch(() => undefined);
    }
    count = Math.min(count * pageGrowth.factor, pageLimits.events);
    yield page;
    if (over) return;
  }
}
