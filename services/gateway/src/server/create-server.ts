import { ApiError, answerClientError, requestIdOf } from '@mission-control/runtime';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { sendError } from './answer.ts';

/** In milliseconds. The framework's own defaults would wait forever. */
const timeouts = {
  /** From the first byte of a request to the end of its headers. */
  headers: 10_000,
  /** From the first byte of a request to the end of its body. */
  request: 30_000,
  /** Between two requests. Longer than load balancers keep idle connections (usually 60 s), so that they close first. */
  keepAlive: 65_000,
  /** How often Node checks for late requests. */
  check: 1_000,
};
const maxHeaderBytes = 16 * 1024;

export type AnswerUnroutable = (request: FastifyRequest, reply: FastifyReply, otherwise: () => void) => void;

/**
 * The public server. It does not read bodies: each handler reads its request's stream.
 *
 * @param answerUnroutable answers a request whose path the router cannot decode; no hook runs for it
 */
export const createServer = (
  answerUnroutable: AnswerUnroutable = (_request, _reply, otherwise) => otherwise(),
): FastifyInstance => {
  const server = fastify({
    logger: false,
    requestIdHeader: false,
    genReqId: (request) => requestIdOf(request.headers['x-request-id']),
    // Requests that arrive on open connections while the server closes are still served.
    return503OnClosing: false,
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: timeouts.headers,
      requestTimeout: timeouts.request,
      keepAliveTimeout: timeouts.keepAlive,
      connectionsCheckingInterval: timeouts.check,
      // Node would answer by itself, without our error format. `faultOf` decides instead.
      requireHostHeader: false,
    },
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.keepAlive,
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error, request, reply) =>
      answerUnroutable(request, reply, () =>
        sendError(reply, new ApiError(400, 'bad_path', 'The request path is ambiguous.')),
      ),
  });
  server.server.on('checkExpectation', (request, response) =>
    server.server.emit('request', request, response),
  );
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  return server;
};
