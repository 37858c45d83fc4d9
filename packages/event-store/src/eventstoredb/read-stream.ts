import type { ReadStreamOptions, RecordedEvent } from '../port.ts';
import type { Connection } from './connection.ts';
import { type Page, pageGrowth, pageLimits, readPage } from './read-page.ts';
import { type StreamRange, streamRequest } from './requests.ts';

/** Milliseconds. */
const deadline = 10_000;

/** When reading by stream, the server itself leaves out hidden events. */
export async function* readStream(
  connection: Connection,
  stream: string,
  { from, direction = 'forwards', limit = Number.POSITIVE_INFINITY }: ReadStreamOptions,
): AsyncGenerator<RecordedEvent, void> {
  const forwards = direction === 'forwards';
  let next: StreamRange['from'] = from ?? (forwards ? 'start' : 'end');
  let left = limit;
  let size = pageGrowth.first;
  while (left > 0) {
    const range: StreamRange = { stream, from: next, direction, count: Math.min(left, size) };
    const page: Page = await connection.use(({ streams }) =>
      readPage(connection, streams, streamRequest(range), deadline),
    );
    yield* page.events;
    size = Math.min(size * pageGrowth.factor, pageLimits.events);
    left -= page.events.length;
    const last = page.events.at(-1);
    if (last === undefined || (page.whole && page.events.length < range.count)) return;
    if (!forwards && last.revision === 0) return;
    next = last.revision + (forwards ? 1 : -1);
  }
}

/** If the requested event is hidden, the server answers with the next visible one. */
export const readEvent = async (
  connection: Connection,
  stream: string,
  revision: number,
): Promise<RecordedEvent | 'gone'> => {
  const request = streamRequest({ stream, from: revision, direction: 'forwards', count: 1 });
  const { events } = await connection.use(({ streams }) => readPage(connection, streams, request, deadline));
  const [event] = events;
  return event?.revision === revision ? event : 'gone';
};
