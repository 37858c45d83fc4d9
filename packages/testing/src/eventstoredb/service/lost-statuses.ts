import type { ServerHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';

/** Marks a status that the web server does not send. The key never reaches the wire. */
const lost = 'lost';

/** Sets a trailer as the server does, which escapes nothing. A trailer that is not printable ASCII loses the status. */
export const setTrailer = (metadata: Metadata, key: string, value: string): void =>
  /[^ -~]/.test(value) ? metadata.set(lost, 'to an invalid trailer') : metadata.set(key, value);

/** The call is reset instead of getting a status. */
export const setReset = (metadata: Metadata): void => metadata.set(lost, 'to a reset');

/**
 * What a real server does with a trailer that is not printable ASCII, such as a stream name in Greek: its web server, Kestrel, throws, and
 * the status is lost. The client gets HTTP status 500 without a gRPC status, or, if events had been sent, a reset of the call.
 */
export const loseStatuses: ServerInterceptor = (_method, call) =>
  new ServerInterceptingCall(call, {
    sendStatus: (status, next) => {
      const [why] = status.metadata?.get(lost) ?? [];
      if (why === undefined) {
        next(status);
        return;
      }
      // grpc-js has no other way to answer with an HTTP status.
      const { stream } = call as unknown as { readonly stream: ServerHttp2Stream };
      if (stream.destroyed) return;
      if (stream.headersSent || why === 'to a reset') stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      else stream.respond({ ':status': 500 }, { endStream: true });
    },
  });
