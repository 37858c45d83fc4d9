/**
 * The client's own definitions of the protocol. The client reads in ways that do not suffice here: its `readAll` takes no filter, its
 * subscription tells checkpoints beside the events, and its batched append keeps one table of answers for all clients of a process, so
 * one broken connection spoils the appends of another. The adapter speaks the protocol through the client's connection instead.
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
  ReadResp,
} from '@eventstore/db-client/generated/streams_pb.js';
export { sharedMessages, streamsMessages, streamsService };

/** Names of streams go over the wire as bytes. */
export const streamIdentifier = (stream: string) =>
  new sharedMessages.StreamIdentifier().setStreamName(new TextEncoder().encode(stream));

export const nothing = () => new sharedMessages.Empty();
