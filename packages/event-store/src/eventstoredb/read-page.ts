import type { PageSizes } from '../subscription/log-source.ts';
import type { Connection } from './connection.ts';
import { isHttpError, isStreamDeleted } from './errors.ts';
import type { ReadReq, StreamsClient } from './protocol.ts';
import { type Page, pageLimits, readCall } from './read-call.ts';
import { originalOf, streamOf } from './requests.ts';
import { isTombstoned } from './tombstoned.ts';

export { type Page, pageLimits } from './read-call.ts';

/** Pages start small and grow, so a reader that wants few events does not wait for many. */
export const pageGrowth: PageSizes = { first: 32, factor: 4, largest: pageLimits.events };

/** One read, as `readCall` describes it. A tombstoned stream is a result, not an error. */
export const readPage = async (
  connection: Connection,
  streams: StreamsClient,
  request: ReadReq,
  deadline?: number,
): Promise<Page> => {
  try {
    return await readCall(connection, streams, request, deadline);
  } catch (error) {
    const stream = streamOf(request);
    if (isStreamDeleted(error)) return deleted;
    if (stream === undefined || !isHttpError(error)) throw error;
    if (await isTombstoned(connection, streams, originalOf(stream))) return deleted;
    throw error;
  }
};

const deleted: Page = { events: [], whole: true, stream: 'deleted' };
