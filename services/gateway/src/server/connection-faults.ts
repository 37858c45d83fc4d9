import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ApiError } from '@mission-control/runtime';
import { rawError } from './answer.ts';

/** Node's error codes: https://nodejs.org/api/http.html#event-clienterror; codes from the parser begin with HPE_. */
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

/** Answers data that is not, or no longer, a valid HTTP request, and closes the connection. */
export const onClientError = (error: Error & { code?: string }, connection: Connection): void => {
  if (error.code === 'ECONNRESET') {
    connection.destroySoon();
    return;
  }
  if (faulty.has(connection)) return;
  faulty.add(connection);
  answerLast(connection, answerTo(error.code));
};

/** A request that was fully read before the error may be accepted, so its sender must get its own response first. */
const answerLast = (connection: Connection, fault: ApiError): void => {
  const turn = connection._httpMessage;
  // If no response is due in the middle of a body, the response was sent before the body ended.
  const begun = turn ? turn.headersSent : connection.parser?.incoming?.complete === false;
  if (turn?.req.complete && !begun) {
    turn.once('finish', () => answerLast(connection, fault));
    return;
  }
  if (connection.writable && !begun) {
    connection.write(rawError(fault, randomUUID(), turn?.getHeaders()));
  }
  connection.destroySoon();
};
