import { ApiError, requestIdOf } from '@mission-control/runtime';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { sendError } from './answer.ts';
import { onClientError } from './connection-faults.ts';

/** In milliseconds. The framework's own defaults would wait for ever. */
const timeouts = {
  /** From the first byte of a request to the end of its headers. */
  headers: 10_000,
  /** From the first byte of a request to the end of its body. */
  request: 30_000,
  /** Between two requests; longer than what load balancers keep idle connections for (60 s mostly), so that they close first. */
  keepAlive: 65_000,
  /** How often Node looks for requests that are late. */
  check: 1_000,
};
const maxHeaderBytes = 16 * 1024;

export type AnswerUnroutable = (request: FastifyRequest, reply: FastifyReply, otherwise: () => void) => void;

/**
 * The public server. Bodies are left on the wire: whoever handles a request reads its stream.
 *
 * @param answerUnroutable answers a request whose path the router cannot decode: no hook sees it
 */
export const createServer = (
  answerUnroutable: AnswerUnroutable = (_request, _reply, otherwise) => otherwise(),
): FastifyInstance => {
  const server = fastify({
    logger: false,
    requestIdHeader: false,
    genReqId: (request) => requestIdOf(request.headers['x-request-id']),
    // What arrives on open connections while the server closes is still served.
    return503OnClosing: false,
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: timeouts.headers,
      requestTimeout: timeouts.request,
      keepAliveTimeout: timeouts.keepAlive,
      connectionsCheckingInterval: timeouts.check,
      // Node would answer by itself, in no form that our errors have: `faultOf` decides.
      requireHostHeader: false,
    },
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.keepAlive,
    clientErrorHandler: onClientError,
    frameworkErrors: (_error, request, reply) =>
      answerUnroutable(request, reply, () =>
        sendError(reply, new ApiError(400, 'bad_path', 'The path cannot be read.')),
      ),
  });
  server.server.on('checkExpectation', (request, response) =>
    server.server.emit('request', request, response),
  );
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  return server;
};
