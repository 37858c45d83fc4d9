import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ApiError } from '@mission-control/runtime';
import { rawError } from './answer.ts';

/** Node's error codes: https://nodejs.org/api/http.html#event-clienterror; the parser's own begin with HPE_. */
const answerTo = (code: string | undefined): ApiError => {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiError(408, 'request_timeout', 'The request did not arrive in time.');
    case 'HPE_HEADER_OVERFLOW':
      return new ApiError(431, 'headers_too_large', 'The headers are too large.');
    default:
      return new ApiError(400, 'bad_request', 'This is not a readable HTTP request.');
  }
};

/** Answers what is no HTTP request, or ceases to be one, and ends its connection. */
export const onClientError = (
  error: Error & { code?: string },
  // Node keeps the answer under way here and looks at it for the same purpose.
  socket: Socket & { _httpMessage?: ServerResponse | null },
): void => {
  const answerBegun = socket._httpMessage?.headersSent ?? false;
  if (error.code !== 'ECONNRESET' && socket.writable && !answerBegun) {
    socket.write(rawError(answerTo(error.code), randomUUID()));
  }
  socket.destroySoon();
};
