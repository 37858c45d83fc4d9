import type { ServerHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';

/** Marks a status with a trailer that the web server does not send. The key never reaches the wire. */
const invalidTrailer = 'invalid-trailer';

const isInvalid = (value: string): boolean => /[^ -~]/.test(value);

/** Sets a trailer as the server does, which escapes nothing. */
export const setTrailer = (metadata: Metadata, key: string, value: string): void =>
  isInvalid(value) ? metadata.set(invalidTrailer, key) : metadata.set(key, value);

/**
 * What a real server does with a trailer that is not printable ASCII, such as a stream name in Greek: its web server, Kestrel, throws, and
 * the status is lost. The client gets HTTP status 500 without a gRPC status, or, if events had been sent, a reset of the call.
 */
export const rejectInvalidTrailers: ServerInterceptor = (_method, call) =>
  new ServerInterceptingCall(call, {
    sendStatus: (status, next) => {
      if (status.metadata?.get(invalidTrailer).length !== 1) {
        next(status);
        return;
      }
      // grpc-js has no other way to answer with an HTTP status.
      const { stream } = call as unknown as { readonly stream: ServerHttp2Stream };
      if (stream.destroyed) return;
      if (stream.headersSent) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      else stream.respond({ ':status': 500 }, { endStream: true });
    },
  });
