import type { Connection } from './connection.ts';
import { isStreamDeleted } from './errors.ts';
import { nothing, streamIdentifier, streamsMessages } from './protocol.ts';

/** Milliseconds. */
const deadline = 10_000;

/** May be repeated: a stream that is already tombstoned counts as success. */
export const tombstone = (connection: Connection, stream: string): Promise<void> =>
  connection.use(
    ({ streams }) =>
      new Promise((resolve, reject) => {
        const options = new streamsMessages.TombstoneReq.Options();
        options.setStreamIdentifier(streamIdentifier(stream));
        options.setAny(nothing());
        const request = new streamsMessages.TombstoneReq().setOptions(options);
        connection.call(
          streams,
          (client, ...settings) =>
            client.tombstone(request, ...settings, (error) =>
              error === null || isStreamDeleted(error) ? resolve() : reject(error),
            ),
          deadline,
        );
      }),
  );
