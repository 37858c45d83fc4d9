import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { setReset, setTrailer } from './lost-statuses.ts';

const rpcError = (
  code: status,
  details: string,
  exception?: string,
  trailers: Readonly<Record<string, string>> = {},
): StatusObject & { readonly metadata: Metadata } => {
  const metadata = new Metadata();
  if (exception !== undefined) metadata.set('exception', exception);
  for (const [key, value] of Object.entries(trailers)) setTrailer(metadata, key, value);
  return { code, details, metadata };
};

/** The statuses and trailers by which the client distinguishes failures. */
export const rpcErrors = {
  accessDenied: () => rpcError(status.PERMISSION_DENIED, 'Access Denied', 'access-denied'),
  unauthenticated: () => rpcError(status.UNAUTHENTICATED, 'Bad gRPC response. HTTP status code: 401'),
  streamDeleted: (stream: string) =>
    rpcError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, 'stream-deleted', {
      'stream-name': stream,
    }),
  wrongExpectedVersion: (operation: string, stream: string, expected: number, actual: number) =>
    rpcError(
      status.FAILED_PRECONDITION,
      `${operation} failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}, Actual version: ${actual}`,
      'wrong-expected-version',
      { 'stream-name': stream, 'expected-version': String(expected), 'actual-version': String(actual) },
    ),
  timeout: () => rpcError(status.ABORTED, 'Operation timed out: Commit phase timeout.'),
  maximumAppendSizeExceeded: (most: number) =>
    rpcError(
      status.INVALID_ARGUMENT,
      `Maximum Append Size of ${most} Exceeded.`,
      'maximum-append-size-exceeded',
      { 'maximum-append-size': String(most) },
    ),
  maximumAppendEventSizeExceeded: (id: string, size: number, most: number) =>
    rpcError(
      status.INVALID_ARGUMENT,
      `Event with Id: ${id}, Size: ${size}, exceeds Maximum Append Event Size of ${most}.`,
      'maximum-append-event-size-exceeded',
      {
        'maximum-append-event-size': String(most),
        'event-id': id,
        'proposed-append-event-size': String(size),
      },
    ),
  requiredMetadataPropertyMissing: (property: string) =>
    rpcError(
      status.INVALID_ARGUMENT,
      `Required Metadata Property '${property}' is missing`,
      'missing-required-metadata-property',
      { 'required-metadata-properties': 'type,content-type' },
    ),
  notLeader: (host: string, port: number) =>
    rpcError(status.NOT_FOUND, 'Leader info available', 'not-leader', {
      'leader-endpoint-host': host,
      'leader-endpoint-port': String(port),
    }),
  /** Code 13, `Received RST_STREAM with code 2`, in the client. */
  reset: () => {
    const error = rpcError(status.INTERNAL, 'the call is reset');
    setReset(error.metadata);
    return error;
  },
  /** The server reports this differently for subscriptions and reads. */
  invalidPosition: (isSubscription: boolean) =>
    isSubscription
      ? rpcError(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.')
      : rpcError(status.UNKNOWN, 'Unexpected ReadAllResult: InvalidPosition'),
  invalidArgument: (details: string) => rpcError(status.INVALID_ARGUMENT, details),
};

export const isStatus = (error: unknown): error is StatusObject =>
  typeof error === 'object' && error !== null && 'code' in error && 'details' in error;
