import type { Socket } from 'node:net';
import { ApiError, errorBody, requestIdOf } from '@mission-control/runtime';

/** Answers input that Node's parser cannot read as a request. The connection is closed after the response. */
export const answerMalformedRequest = (fault: Error & { code?: string }, socket: Socket): void => {
  if (fault.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const error = errorOf(fault.code);
  const requestId = requestIdOf(undefined);
  const body = JSON.stringify(errorBody(error, requestId));
  socket.end(
    [
      `HTTP/1.1 ${error.status} Refused`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
};

const errorOf = (code: string | undefined): ApiError => {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ApiError(431, 'headers_too_large', 'The headers are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiError(408, 'request_timeout', 'The request took too long to arrive.');
    default:
      return new ApiError(400, 'bad_request', 'This is not HTTP.');
  }
};
