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

const codes = { deniedPermission: 7, exhausted: 8, unimplemented: 12, unauthenticated: 16 } as const;

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && 'code' in error && typeof error.code === 'number';

/** The server names a rejection in a trailer. */
const refusalOf = (error: unknown): string | undefined =>
  isServiceError(error) ? error.metadata?.get('exception')[0]?.toString() : undefined;

/** True when no event begins at the position that was read from. */
export const isInvalidPosition = (error: unknown): boolean =>
  isServiceError(error) && /InvalidPosition|invalid position/.test(error.details);

export const isStreamDeleted = (error: unknown): boolean => refusalOf(error) === 'stream-deleted';

/** Converts an error of grpc-js to the port's error. `sent` means that an append had been sent. */
export const toStoreError = (error: unknown, sent = false): EventStoreError => {
  if (error instanceof EventStoreError) return error;
  const cause = { cause: error };
  if (!isServiceError(error)) {
    return new EventStoreUnavailable(`EventStoreDB cannot be reached: ${messageOf(error)}`, sent, cause);
  }
  const refusal = refusalOf(error);
  const said = error.details;
  if (
    refusal === 'access-denied' ||
    error.code === codes.deniedPermission ||
    error.code === codes.unauthenticated
  ) {
    return new EventStoreAccessDenied(
      `EventStoreDB denied access: check user, password and permissions (${said})`,
      cause,
    );
  }
  const serverSetting = limitingSettings.get(refusal ?? '');
  if (serverSetting !== undefined) {
    return new EventTooLarge(`EventStoreDB cannot accept the append: ${said}`, { ...cause, serverSetting });
  }
  if (error.code === codes.exhausted) {
    return new EventTooLarge(`EventStoreDB cannot accept the append: ${said}`, cause);
  }
  if (error.code === codes.unimplemented) {
    return new EventStoreUnsupported(
      `the server is neither EventStoreDB 21.10 or newer nor KurrentDB: ${said}`,
      cause,
    );
  }
  if (refusal !== undefined && refusal !== 'not-leader') return new EventStoreFailed(refusal, said, cause);
  return new EventStoreUnavailable(`EventStoreDB cannot be reached: ${said}${tlsHint(said)}`, sent, cause);
};

/** The server setting for each name of a rejection. */
const limitingSettings = new Map([
  ['maximum-append-size-exceeded', 'MaxAppendSize'],
  ['maximum-append-event-size-exceeded', 'MaxAppendEventSize'],
]);

const tlsHint = (said: string): string =>
  /ssl|tls|certificate|wrong version/i.test(said)
    ? ' (does the server need tls=false in the address? If it uses TLS, is its certificate trusted, see tlsCAFile?)'
    : '';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
