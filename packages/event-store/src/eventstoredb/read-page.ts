import type { RecordedEvent } from '../port.ts';
import type { Connection } from './connection.ts';
import { isStreamDeleted } from './errors.ts';
import type { ReadReq, StreamsClient } from './protocol.ts';
import { toRecordedEvent } from './recorded-event.ts';

/** A page ends with its limit of events or soon after it holds so many bytes of content, so a reader has two in memory at most. */
export const pageLimits = { events: 8_192, bytes: 8 * 1024 * 1024 };
/** Who wants little shall not wait for much: pages begin small and grow. */
export const pageGrowth = { first: 32, factor: 4 };

export interface Page {
  readonly events: readonly RecordedEvent[];
  /** False where the limit of bytes has cut it short. */
  readonly whole: boolean;
  readonly stream: 'found' | 'absent' | 'deleted';
}

/**
 * One read, taken as fast as it comes: its size is bounded by its request and by the limit of bytes. Deadline in milliseconds; without one, a
 * filter may take its time to find something, and a dead connection is found by keep-alive.
 */
export const readPage = (
  connection: Connection,
  streams: StreamsClient,
  request: ReadReq,
  deadline?: number,
): Promise<Page> =>
  new Promise((resolve, reject) => {
    const events: RecordedEvent[] = [];
    let bytes = 0;
    let stream: Page['stream'] = 'found';
    const call = connection.call(
      streams,
      (client, ...settings) => client.read(request, ...settings),
      deadline,
    );
    call.on('data', (response) => {
      if (response.hasStreamNotFound()) stream = 'absent';
      const event = response.getEvent()?.getEvent();
      if (event === undefined || bytes >= pageLimits.bytes) return;
      events.push(toRecordedEvent(event));
      bytes += event.getData_asU8().length + event.getCustomMetadata_asU8().length;
      if (bytes < pageLimits.bytes) return;
      resolve({ events, whole: false, stream });
      call.cancel();
    });
    call.once('end', () => resolve({ events, whole: true, stream }));
    call.on('error', (error) => {
      if (isStreamDeleted(error)) resolve({ events: [], whole: true, stream: 'deleted' });
      else reject(error);
    });
  });
