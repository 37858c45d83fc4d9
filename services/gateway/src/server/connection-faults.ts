import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
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

/** Node keeps the answer whose turn it is here, and looks at it for the same purpose; and the request that it read last. */
type Connection = Socket & {
  _httpMessage?: ServerResponse | null;
  parser?: { incoming?: IncomingMessage | null } | null;
};

/** The parser reports its fault again with every packet that follows. */
const faulty = new WeakSet<Socket>();

/** Answers what is no HTTP request, or ceases to be one, and ends its connection. */
export const onClientError = (error: Error & { code?: string }, connection: Connection): void => {
  if (error.code === 'ECONNRESET') {
    connection.destroySoon();
    return;
  }
  if (faulty.has(connection)) return;
  faulty.add(connection);
  answerLast(connection, answerTo(error.code));
};

/** A request that was read whole before the fault may be accepted: the answer that its sender reads must be its own. */
const answerLast = (connection: Connection, fault: ApiError): void => {
  const turn = connection._httpMessage;
  // No turn in the middle of a body: its answer came before it.
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
