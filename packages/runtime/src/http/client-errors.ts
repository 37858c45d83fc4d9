import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { ApiError, errorBody, errorHeaders } from './api-error.ts';

/** Node's error codes: https://nodejs.org/api/http.html#event-clienterror; codes from the parser begin with HPE_. */
const errorOf = (code: string | undefined): ApiError => {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiError(408, 'request_timeout', 'The request did not arrive in time.');
    case 'HPE_HEADER_OVERFLOW':
      return new ApiError(431, 'headers_too_large', 'The headers are too large.');
    default:
      return new ApiError(400, 'bad_request', 'The data is not a valid HTTP request.');
  }
};

/**
 * Node's internal fields: the response that is currently due on the connection, which Node uses for the same purpose, and the last
 * request read.
 */
type Connection = Socket & {
  _httpMessage?: ServerResponse | null;
  parser?: { incoming?: IncomingMessage | null } | null;
};

/** The parser reports its error again for every packet that follows. */
const faulty = new WeakSet<Socket>();

/** For a server's `clientError` event: answers data that is not, or no longer, a valid HTTP request, and closes the connection. */
export const answerClientError = (error: Error & { code?: string }, connection: Connection): void => {
  if (error.code === 'ECONNRESET') {
    connection.destroySoon();
    return;
  }
  if (faulty.has(connection)) return;
  faulty.add(connection);
  answerLast(connection, errorOf(error.code));
};

/** A request that was fully read before the error may be accepted, so its sender must get its own response first. */
const answerLast = (connection: Connection, error: ApiError): void => {
  const due = connection._httpMessage;
  // If no response is due in the middle of a body, the response was sent before the body ended.
  const begun = due ? due.headersSent : connection.parser?.incoming?.complete === false;
  if (due?.req.complete && !begun) {
    due.once('finish', () => answerLast(connection, error));
    return;
  }
  if (connection.writable && !begun) connection.write(rawResponse(error, due?.getHeaders()));
  connection.destroySoon();
};

/**
 * A response for a connection on which no request, or only part of one, could be read.
 *
 * @param given headers that the response was going to have
 */
const rawResponse = (error: ApiError, given: OutgoingHttpHeaders = {}): string => {
  const requestId = randomUUID();
  const body = JSON.stringify(errorBody(error, requestId));
  const headers = {
    ...given,
    ...errorHeaders(error, requestId),
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`;
};
