import type { Connection } from './connection.ts';
import { isHttpError, isStreamDeleted } from './errors.ts';
import { nothing, type StreamsClient, streamIdentifier, streamsMessages } from './protocol.ts';
import { isTombstoned } from './tombstoned.ts';

/** Milliseconds. */
const deadline = 10_000;

/** May be repeated: a stream that is already tombstoned counts as success. */
export const tombstone = (connection: Connection, stream: string): Promise<void> =>
  connection.use(
    async ({ streams }) => {
      try {
        await tombstoneCall(connection, streams, stream);
      } catch (error) {
        if (isStreamDeleted(error)) return;
        if (!isHttpError(error) || !(await isTombstoned(connection, streams, stream))) throw error;
      }
    },
    { writes: true },
  );

const tombstoneCall = (connection: Connection, streams: StreamsClient, stream: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const options = new streamsMessages.TombstoneReq.Options();
    options.setStreamIdentifier(streamIdentifier(stream));
    options.setAny(nothing());
    const request = new streamsMessages.TombstoneReq().setOptions(options);
    connection.call(
      streams,
      (client, ...settings) =>
        client.tombstone(request, ...settings, (error) => (error === null ? resolve() : reject(error))),
      deadline,
    );
  });
