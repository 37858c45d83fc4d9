import { randomUUID } from 'node:crypto';
import { EventStoreAccessDenied } from '../errors.ts';
import { answerOf } from './append-answer.ts';
import { appendMessages } from './append-message.ts';
import type { Connection } from './connection.ts';
import type { BatchAppendResp, StreamsClient } from './protocol.ts';
import { readCall } from './read-call.ts';
import { logRequest } from './requests.ts';

/** Milliseconds. */
const deadline = 10_000;

/** No stream ever gets there, so an append that expects it is always rejected. */
const unreachableRevision = Number.MAX_SAFE_INTEGER;

/**
 * Whether the stream is tombstoned, for calls that the server answers with HTTP status 500 instead. It does so if the stream is tombstoned
 * and its name is not printable ASCII, because it puts the name into a trailer (seen on 24.6.0 and 24.10.4; its code is the same from 20.6
 * to KurrentDB 25). A batched append is answered in a message, without trailers, and the server looks for a tombstone before it compares
 * revisions. So one that cannot succeed tells without storing anything. Both answers were seen on real servers, though not in this use.
 */
export const isTombstoned = async (
  connection: Connection,
  streams: StreamsClient,
  stream: string,
): Promise<boolean> => {
  const answer = answerOf(await appendInVain(connection, streams, stream));
  if (answer.kind === 'answered') return !answer.result.ok && answer.result.reason === 'stream_deleted';
  if (answer.error instanceof EventStoreAccessDenied) return endsWithTombstone(connection, streams, stream);
  throw answer.error;
};

const appendInVain = (
  connection: Connection,
  streams: StreamsClient,
  stream: string,
): Promise<BatchAppendResp> =>
  new Promise((resolve, reject) => {
    const call = connection.call(streams, (client, ...settings) => client.batchAppend(...settings), deadline);
    call.on('data', resolve);
    call.on('error', reject);
    call.once('end', () => reject(new Error('the server ended the call without an answer')));
    const event = { id: randomUUID(), type: 'TombstoneSought', data: '{}', metadata: '{}', bytes: 4 };
    const append = { stream, expected: unreachableRevision, events: [event] };
    for (const part of appendMessages(randomUUID(), append)) call.write(part);
    call.end();
  });

/** For a stream that the user must not append to. The server may look through the whole log for it. */
const endsWithTombstone = async (
  connection: Connection,
  streams: StreamsClient,
  stream: string,
): Promise<boolean> => {
  const streamPattern = `^${stream.replace(/[\\^$.*+?()[\]{}|#\s]/g, '\\$&')}$`;
  const request = logRequest({ from: 'end', direction: 'backwards', count: 1, filter: { streamPattern } });
  const [last] = (await readCall(connection, streams, request, undefined)).events;
  return last?.type === '$streamDeleted';
};
