import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.ts';
import { type StreamsClient, sharedMessages, streamIdentifier, streamsMessages } from './protocol.ts';
import { readPage } from './read-page.ts';
import { ownStreams, streamRequest } from './requests.ts';

/**
 * The incarnation of the log: the id of the first event in a separate stream, written by the first client. A restored log keeps
 * it; a new log has another one.
 */
export const incarnationOf = async (
  connection: Connection,
  streams: StreamsClient,
  deadline: number,
): Promise<string> => {
  const read = async (): Promise<string | undefined> => {
    const request = streamRequest({
      stream: ownStreams.incarnation,
      from: 'start',
      direction: 'forwards',
      count: 1,
    });
    return (await readPage(connection, streams, request, deadline)).events[0]?.id;
  };
  const found = await read();
  if (found !== undefined) return found;
  await writeIncarnation(connection, streams, deadline);
  const written = await read();
  if (written === undefined) throw new Error(`the stream ${ownStreams.incarnation} cannot be read`);
  return written;
};

/** Does nothing if another process wrote it first. */
const writeIncarnation = (connection: Connection, streams: StreamsClient, deadline: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const options = new streamsMessages.AppendReq.Options();
    options.setStreamIdentifier(streamIdentifier(ownStreams.incarnation));
    options.setNoStream(new sharedMessages.Empty());
    const message = new streamsMessages.AppendReq.ProposedMessage();
    message.setId(new sharedMessages.UUID().setString(randomUUID()));
    message.getMetadataMap().set('type', 'LogIncarnationChosen').set('content-type', 'application/json');
    message.setData(new TextEncoder().encode('{}'));
    const call = connection.call(
      streams,
      (client, ...settings) => client.append(...settings, (error) => (error ? reject(error) : resolve())),
      deadline,
    );
    call.on('error', reject);
    call.write(new streamsMessages.AppendReq().setOptions(options));
    call.write(new streamsMessages.AppendReq().setProposedMessage(message));
    call.end();
  });
