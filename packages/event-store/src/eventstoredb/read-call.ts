import type { RecordedEvent } from '../port.ts';
import type { Connection } from './connection.ts';
import type { ReadReq, StreamsClient } from './protocol.ts';
import { type ReadAnswer, startRead } from './read-answer.ts';
import { bytesOf, toRecordedEvent } from './recorded-event.ts';

/** A page ends at the event limit or soon after it holds this many bytes of content. A reader keeps at most two in memory. */
export const pageLimits = { events: 8_192, bytes: 8 * 1024 * 1024 };

export interface Page {
  readonly events: readonly RecordedEvent[];
  /** False when the byte limit cut the page short. */
  readonly whole: boolean;
  readonly stream: 'found' | 'absent' | 'deleted';
}

/**
 * One read, consumed as fast as it arrives: its size is bounded by its request and by the byte limit. Deadline in milliseconds.
 * Without one, a filter may take any time to find something, and keep-alive detects a dead connection.
 */
export const readCall = (
  connection: Connection,
  streams: StreamsClient,
  request: ReadReq,
  deadline: number | undefined,
): Promise<Page> =>
  new Promise((resolve, reject) => {
    const events: RecordedEvent[] = [];
    let bytes = 0;
    let stream: Page['stream'] = 'found';
    const enough = enoughFor(request);
    const call = connection.call(
      streams,
      (client, ...settings) => startRead(client, request, ...settings),
      deadline,
    );
    call.on('data', ({ event, isStreamNotFound }: ReadAnswer) => {
      if (isStreamNotFound) stream = 'absent';
      if (event === undefined || bytes >= pageLimits.bytes || events.length >= enough) return;
      events.push(toRecordedEvent(event));
      bytes += bytesOf(event);
      const whole = bytes < pageLimits.bytes;
      if (whole && events.length < enough) return;
      resolve({ events, whole, stream });
      call.cancel();
    });
    call.once('end', () => resolve({ events, whole: true, stream }));
    call.on('error', reject);
  });

/**
 * Where to end a read. With a filter, the server ends it only once it has found one more event than was requested, through the whole log if
 * necessary.
 */
const enoughFor = (request: ReadReq): number => {
  const options = request.getOptions();
  return options?.hasFilter() ? Number(options.getCount()) : Number.POSITIVE_INFINITY;
};
