import { TooMuchContention } from '@mission-control/aggregates';
import { CommandRejected } from '@mission-control/domain';
import {
  EventStoreError,
  EventStoreFailed,
  EventStoreUnavailable,
  EventTooLarge,
} from '@mission-control/event-store';
import { InvalidCursor } from '@mission-control/read-models';
import { ApiError, adminBodyTooLarge } from '@mission-control/runtime';
import { HttpException } from '@nestjs/common';
import { areReadModelsUnavailable } from './read-models-unavailable.ts';

const statusOf = { not_found: 404, conflict: 409, invalid: 422 } as const;

/** Code and detail for requests that the framework itself rejects. */
const rejectedByFramework: Readonly<Record<number, readonly [string, string]>> = {
  400: ['bad_request', 'The request is malformed.'],
  404: ['not_found', 'Not found.'],
  414: ['uri_too_long', 'The URL is too long.'],
  415: [
    'unsupported_media_type',
    'The body must be JSON, sent with the header Content-Type: application/json.',
  ],
};

/** The response to any error: rejected commands keep their codes, unavailable stores are 503, unexpected errors are 500. */
export const apiErrorOf = (error: unknown): ApiError => {
  if (error instanceof ApiError) return error;
  if (error instanceof CommandRejected) {
    return new ApiError(statusOf[error.kind], error.code, error.message, { cause: error });
  }
  if (error instanceof TooMuchContention) return later(error.code, error.message, error);
  if (error instanceof EventTooLarge)
    return new ApiError(
      413,
      error.code,
      'The request would create an event that is larger than the event store accepts.',
    );
  if (error instanceof EventStoreFailed) {
    const detail = `${capitalized(error.message)}. The change may or may not have been made: check before you try again.`;
    return later(error.code, detail, error, 60);
  }
  if (error instanceof EventStoreError) return storeUnavailable(error);
  if (error instanceof InvalidCursor) return new ApiError(422, error.code, error.message);
  if (areReadModelsUnavailable(error)) {
    return later('read_models_unavailable', 'The read models are unavailable. Try again soon.', error, 2);
  }
  const status = statusIn(error);
  if (status === 413) return adminBodyTooLarge();
  if (status >= 400 && status < 500) {
    const [code, detail] = rejectedByFramework[status] ?? ['bad_request', 'The request is malformed.'];
    return new ApiError(status, code, detail, { cause: error });
  }
  return new ApiError(
    500,
    'internal_error',
    'Internal error. The log has the details under this request_id.',
    {
      cause: error,
    },
  );
};

const capitalized = (text: string): string => `${text[0]?.toUpperCase()}${text.slice(1)}`;

const later = (code: string, detail: string, cause: unknown, seconds = 1): ApiError =>
  new ApiError(503, code, detail, { headers: { 'retry-after': String(seconds) }, cause });

const storeUnavailable = (error: EventStoreError): ApiError =>
  later(
    error.code,
    error instanceof EventStoreUnavailable && error.outcomeUnknown
      ? 'The event store did not answer in time: the change may or may not have been made. Check before you try again.'
      : 'The event store is unavailable. Nothing was changed.',
    error,
    2,
  );

const statusIn = (error: unknown): number => {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
};
