import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import { ApiError, errorBody, type Logger } from '@mission-control/runtime';
import type { FastifyReply } from 'fastify';

/** Error responses are for programs. These headers make them harmless in a browser. */
const protective = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const;

export const sendError = (reply: FastifyReply, error: ApiError): void => {
  const requestId = reply.request.id;
  void reply
    .code(error.status)
    .headers({ ...protective, 'x-request-id': requestId, ...error.headers })
    .send(JSON.stringify(errorBody(error, requestId)));
};

/**
 * An error response for a connection on which no request, or only part of one, could be read.
 *
 * @param given headers that the response was going to have
 */
export const rawError = (error: ApiError, requestId: string, given: OutgoingHttpHeaders = {}): string => {
  const body = JSON.stringify(errorBody(error, requestId));
  const headers = {
    ...given,
    ...protective,
    'x-request-id': requestId,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`;
};

/** Answers an error thrown outside ingest. An internal error is logged, and its answer contains no details. */
export const sendFault = (reply: FastifyReply, error: unknown, log: Logger): void => {
  const known = asApiError(error);
  if (!known) log.error({ err: error, request_id: reply.request.id }, 'a request failed');
  sendError(reply, known ?? new ApiError(500, 'internal_error', 'Something went wrong on our side.'));
};

/** Maps an error to the response for it; null for an internal error. */
const asApiError = (error: unknown): ApiError | null => {
  if (error instanceof ApiError) return error;
  const { statusCode, status } = error as { statusCode?: unknown; status?: unknown };
  switch (statusCode ?? status) {
    case 404:
      return new ApiError(404, 'not_found', 'Not found.');
    case 415:
      return new ApiError(415, 'unsupported_media_type', 'The Content-Type header cannot be read.');
    case 400:
      return new ApiError(400, 'bad_request', 'The request cannot be read.');
    default:
      return null;
  }
};
