import { Server } from '@grpc/grpc-js';
import { appendCall } from './append-call.ts';
import { batchAppendCall } from './batch-append-call.ts';
import { gossipCall, supportedMethodsCall } from './cluster-calls.ts';
import { GossipService, ServerFeaturesService, StreamsService } from './definitions.ts';
import { deleteCall, tombstoneCall } from './delete-calls.ts';
import { loseStatuses } from './lost-statuses.ts';
import { readCall } from './read-call.ts';
import type { Session } from './session.ts';

/** The largest record, minus the server's overhead. */
const largestMessage = 16 * 1024 * 1024 - 10_000;

export const grpcServer = (session: Session): Server => {
  const server = new Server({
    'grpc.max_receive_message_length': largestMessage,
    'grpc.max_send_message_length': -1,
    interceptors: [loseStatuses],
  });
  server.addService(StreamsService, {
    read: readCall(session),
    append: appendCall(session),
    batchAppend: batchAppendCall(session),
    delete: deleteCall(session),
    tombstone: tombstoneCall(session),
  });
  server.addService(GossipService, { read: gossipCall(session) });
  server.addService(ServerFeaturesService, { getSupportedMethods: supportedMethodsCall(session) });
  return server;
};
