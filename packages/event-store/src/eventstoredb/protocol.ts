/**
 * The client's own definitions of the protocol. The client's API is not sufficient here: its `readAll` accepts no filter, its
 * subscription reports checkpoints separately from the events, and its batched append keeps one table of answers for all clients
 * of a process, so one broken connection disrupts the appends of another. Therefore the adapter speaks the protocol directly over
 * the client's connection.
 */
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsMessages from '@eventstore/db-client/generated/streams_pb.js';

export type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
export type { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
export type {
  BatchAppendReq,
  BatchAppendResp,
  ReadReq,
} from '@eventstore/db-client/generated/streams_pb.js';
export { sharedMessages, streamsMessages, streamsService };

/** Stream names are sent as bytes. */
export const streamIdentifier = (stream: string) =>
  new sharedMessages.StreamIdentifier().setStreamName(new TextEncoder().encode(stream));

export const nothing = () => new sharedMessages.Empty();
