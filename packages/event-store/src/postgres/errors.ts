import { DatabaseError } from 'pg';
import {
  EventStoreAccessDenied,
  EventStoreError,
  EventStoreUnavailable,
  EventStoreUnsupported,
  EventTooLarge,
} from '../errors.ts';

const readOnly = '25006';

/** Classes and codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const unavailableClasses = new Set(['08', '25', '40', '53', '55', '57', '58', 'XX']);

/**
 * Converts an error of node-pg or the server to the port's error. `appending` means that an append had been sent. Its outcome
 * is unknown unless the server itself reported that the statement failed and the session survived.
 */
export const toStoreError = (error: unknown, appending = false): EventStoreError => {
  if (error instanceof EventStoreError) return error;
  const cause = { cause: error };
  if (!(error instanceof DatabaseError)) {
    return new EventStoreUnavailable(`Postgres cannot be reached: ${messageOf(error)}`, appending, cause);
  }
  const code = error.code ?? '';
  const serverMessage = `${error.message} (SQLSTATE ${code})`;
  if (code === readOnly) {
    const message =
      'Postgres is a read-only standby: point the address at the primary, or wait for the failover to end';
    return new EventStoreUnavailable(message, false, cause);
  }
  if (unavailableClasses.has(code.slice(0, 2))) {
    return new EventStoreUnavailable(
      `Postgres is unavailable: ${serverMessage}`,
      appending && error.severity !== 'ERROR',
      cause,
    );
  }
  if (code.startsWith('28') || code === '42501') {
    return new EventStoreAccessDenied(`Postgres denied access: ${serverMessage}`, cause);
  }
  if (code.startsWith('54'))
    return new EventTooLarge(`Postgres cannot store the event: ${serverMessage}`, cause);
  return new EventStoreUnsupported(`Postgres cannot be used as event store: ${serverMessage}`, cause);
};

/** True when the session is still usable. False on a standby, because a new connection may lead to the primary. */
export const sessionSurvives = (error: unknown): boolean =>
  error instanceof DatabaseError && error.severity === 'ERROR' && error.code !== readOnly;

/** True when the server rejected the content of the statement: nothing was stored, and another append may succeed. */
export const isRefusedContent = (error: unknown): boolean =>
  error instanceof DatabaseError &&
  error.severity === 'ERROR' &&
  ['21', '22', '23', '54'].includes((error.code ?? '').slice(0, 2));

/** When a name has several addresses, the error of a failed connection has an empty message of its own. */
const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
};
