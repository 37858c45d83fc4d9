import { EventStoreDBClient } from '@eventstore/db-client';
import type { CallOptions, Metadata } from '@grpc/grpc-js';
import { type StreamsClient, streamsService } from './protocol.ts';

/** What a call of the protocol begins with. */
export type CallArguments = [Metadata, CallOptions];

/**
 * What the official client keeps for its subclasses. Its own factory makes no subclasses, so the parts are reached from here, where the
 * compiler still checks that they are what they were.
 */
export class ClientParts extends EventStoreDBClient {
  /** The definitions bound to the client's connection, which is made when there is none, after discovery where the address asks for it. */
  static streams(client: EventStoreDBClient): Promise<StreamsClient> {
    return (client as ClientParts).execute(
      streamsService.StreamsClient,
      'streams',
      async (streams) => streams,
    );
  }

  /** Metadata and options of a call: credentials, name, leader only. `deadline` in milliseconds since 1970. */
  static callArguments(client: EventStoreDBClient, deadline: number): CallArguments {
    return (client as ClientParts).callArguments({ requiresLeader: true }, { deadline });
  }

  /** Makes the client drop a connection that has failed, or turn to the leader that the error names. */
  static async handleError(client: EventStoreDBClient, streams: StreamsClient, error: Error): Promise<void> {
    await (client as ClientParts).handleError(streams, error).catch(() => undefined);
  }
}
