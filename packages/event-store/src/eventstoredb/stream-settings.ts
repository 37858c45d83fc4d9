import type { Position, StreamSettings } from '../port.ts';
import type { Connection } from './connection.ts';
import { type Page, pageLimits, readPage } from './read-page.ts';
import { hidingEvents, logRequest } from './requests.ts';
import { hiddenStream, isOwn, type StreamMetadataEvent } from './visibility.ts';

/**
 * The events that hide others, from the whole log: the last one about a stream counts. Keeps one entry per such stream in memory,
 * because the server has no list of them.
 */
export async function* readStreamSettings(connection: Connection): AsyncGenerator<StreamSettings, void> {
  const settings = new Map<string, StreamSettings>();
  for (let after: Position | undefined, left = true; left; ) {
    const from: Position | 'start' = after ?? 'start';
    // Forwards, the server begins with the event at the position itself.
    const request = logRequest({
      from,
      direction: 'forwards',
      count: pageLimits.events,
      filter: hidingEvents,
    });
    const page: Page = await connection.use(({ streams }) => readPage(connection, streams, request));
    const news = page.events.filter(({ position }) => after === undefined || position > after);
    for (const event of news) {
      const stream = hiddenStream(event);
      if (stream.startsWith('$') || isOwn(stream) || settings.get(stream)?.tombstoned) continue;
      const tombstoned = event.type === '$streamDeleted';
      settings.set(stream, { stream, tombstoned, metadata: tombstoned ? {} : metadataOf(event.data) });
    }
    after = news.at(-1)?.position ?? after;
    left = news.length > 0 && (!page.whole || page.events.length === pageLimits.events);
  }
  yield* settings.values();
}

const metadataOf = (data: unknown): StreamSettings['metadata'] => {
  const { $maxCount, $maxAge, $tb } = (data ?? {}) as StreamMetadataEvent;
  return {
    ...($maxCount !== undefined && { maxCount: $maxCount }),
    ...($maxAge !== undefined && { maxAgeSeconds: $maxAge }),
    ...($tb !== undefined && { truncateBefore: $tb }),
  };
};
