import { EventStoreDBClient } from '@eventstore/db-client';
import type { CallOptions, Metadata } from '@grpc/grpc-js';
import { type StreamsClient, streamsService } from './protocol.ts';

/** The first arguments of every protocol call. */
export type CallArguments = [Metadata, CallOptions];

/**
 * Access to the protected members of the official client. Its factory cannot create subclasses, so this class accesses them from
 * outside, and the compiler still checks that they have not changed.
 */
export class ClientParts extends EventStoreDBClient {
  /** The protocol bound to the client's connection. Connects first if needed, with discovery if the address asks for it. */
  static streams(client: EventStoreDBClient): Promise<StreamsClient> {
    return (client as ClientParts).execute(
      streamsService.StreamsClient,
      'streams',
      async (streams) => streams,
    );
  }

  /** Metadata and options of a call: credentials, name, leader only. `deadline` is in milliseconds since 1970. */
  static callArguments(client: EventStoreDBClient, deadline: number): CallArguments {
    return (client as ClientParts).callArguments({ requiresLeader: true }, { deadline });
  }

  /** Makes the client drop a connection that has failed, or switch to the leader that the error names. */
  static async handleError(client: EventStoreDBClient, streams: StreamsClient, error: Error): Promise<void> {
    await (client as ClientParts).handleError(streams, error).catch(() => undefined);
  }
}
