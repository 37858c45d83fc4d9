import { ApiError, errorBody, errorHeaders, type Logger } from '@mission-control/runtime';
import type { FastifyReply } from 'fastify';

export const sendError = (reply: FastifyReply, error: ApiError): void => {
  const requestId = reply.request.id;
  void reply
    .code(error.status)
    .headers(errorHeaders(error, requestId))
    .send(JSON.stringify(errorBody(error, requestId)));
};

/** Answers an error thrown outside ingest. An internal error is logged, and its answer contains no details. */
export const sendFault = (reply: FastifyReply, error: unknown, log: Logger): void => {
  const known = asApiError(error);
  if (!known) log.error({ err: error, request_id: reply.request.id }, 'a request failed');
  sendError(reply, known ?? new ApiError(500, 'internal_error', 'An internal error occurred.'));
};

/** Maps an error to the response for it; null for an internal error. */
const asApiError = (error: unknown): ApiError | null => {
  if (error instanceof ApiError) return error;
  const { statusCode, status } = error as { statusCode?: unknown; status?: unknown };
  switch (statusCode ?? status) {
    case 404:
      return new ApiError(404, 'not_found', 'Not found.');
    case 415:
      return new ApiError(415, 'unsupported_media_type', 'The Content-Type header is invalid.');
    case 400:
      return new ApiError(400, 'bad_request', 'The request is malformed.');
    default:
      return null;
  }
};
