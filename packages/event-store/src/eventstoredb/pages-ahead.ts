import type { RecordedEvent } from '../port.ts';
import type { LogPage } from './read-log.ts';
import { pageGrowth, pageLimits } from './read-page.ts';

/**
 * Yields pages one after the other. Once pages have grown to the maximum, the next one is read while the reader processes the
 * current one. `read` returns undefined to end early; `after` is undefined for the first page.
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
      // The error does not matter if the reader has left in the meantime.
      ahead.catch(() => undefined);
    }
    count = Math.min(count * pageGrowth.factor, pageLimits.events);
    yield page;
    if (over) return;
  }
}
