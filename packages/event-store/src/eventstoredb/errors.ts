import {
  EventStoreAccessDenied,
  EventStoreError,
  EventStoreFailed,
  EventStoreUnavailable,
  EventStoreUnsupported,
  EventTooLarge,
} from '../errors.ts';

/** An error of grpc-js. Codes: https://grpc.io/docs/guides/status-codes/ */
interface ServiceError extends Error {
  readonly code: number;
  readonly details: string;
  readonly metadata?: { get(name: string): (string | Buffer)[] };
}

const codes = {
  unknown: 2,
  deniedPermission: 7,
  exhausted: 8,
  aborted: 10,
  unimplemented: 12,
  unauthenticated: 16,
} as const;

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && 'code' in error && typeof error.code === 'number';

/** The server names a rejection in a trailer. */
const rejectionOf = (error: unknown): string | undefined =>
  isServiceError(error) ? error.metadata?.get('exception')[0]?.toString() : undefined;

/** True when no event begins at the position that was read from. */
export const isInvalidPosition = (error: unknown): boolean =>
  isServiceError(error) && /InvalidPosition|invalid position/.test(error.details);

export const isStreamDeleted = (error: unknown): boolean => rejectionOf(error) === 'stream-deleted';

/** The server did not handle the request, because it is not the leader. */
export const isNotLeader = (error: unknown): boolean => rejectionOf(error) === 'not-leader';

/** The server answered that it did not finish in time. It may finish later. */
export const isServerTimeout = (error: unknown): boolean =>
  error instanceof EventStoreUnavailable || (isServiceError(error) && error.code === codes.aborted);

/** The server's web server failed. It does when the server sends a stream name in a trailer that is not printable ASCII. */
export const isHttpError = (error: unknown): boolean =>
  isServiceError(error) && error.code === codes.unknown && /HTTP status code 500/.test(error.details);

/** Converts an error of grpc-js to the port's error. `sent` means that an append or a tombstone had been sent. */
export const toStoreError = (error: unknown, sent = false): EventStoreError => {
  if (error instanceof EventStoreUnavailable && sent && !error.outcomeUnknown) {
    return new EventStoreUnavailable(error.message, sent, { cause: error });
  }
  if (error instanceof EventStoreError) return error;
  const cause = { cause: error };
  if (!isServiceError(error)) {
    return new EventStoreUnavailable(`EventStoreDB cannot be reached: ${messageOf(error)}`, sent, cause);
  }
  const rejection = rejectionOf(error);
  const serverMessage = error.details;
  if (
    rejection === 'access-denied' ||
    error.code === codes.deniedPermission ||
    error.code === codes.unauthenticated
  ) {
    return new EventStoreAccessDenied(
      `EventStoreDB denied access: check user, password and permissions (${serverMessage})`,
      cause,
    );
  }
  const serverSetting = limitingSettings.get(rejection ?? '');
  if (serverSetting !== undefined) {
    return new EventTooLarge(`EventStoreDB cannot accept the append: ${serverMessage}`, {
      ...cause,
      serverSetting,
    });
  }
  if (error.code === codes.exhausted) {
    return new EventTooLarge(`EventStoreDB cannot accept the append: ${serverMessage}`, cause);
  }
  if (error.code === codes.unimplemented) {
    return new EventStoreUnsupported(
      `the server is neither EventStoreDB 21.10 or newer nor KurrentDB: ${serverMessage}`,
      cause,
    );
  }
  if (rejection !== undefined && rejection !== 'not-leader')
    return new EventStoreFailed(rejection, serverMessage, cause);
  return new EventStoreUnavailable(
    `EventStoreDB cannot be reached: ${serverMessage}${tlsHint(serverMessage)}`,
    sent,
    cause,
  );
};

/** The server setting for each name of a rejection. */
const limitingSettings = new Map([
  ['maximum-append-size-exceeded', 'MaxAppendSize'],
  ['maximum-append-event-size-exceeded', 'MaxAppendEventSize'],
]);

const tlsHint = (serverMessage: string): string =>
  /ssl|tls|certificate|wrong version/i.test(serverMessage)
    ? ' (does the server need tls=false in the address? If it uses TLS, is its certificate trusted, see tlsCAFile?)'
    : '';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
