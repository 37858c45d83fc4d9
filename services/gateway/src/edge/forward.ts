import { addAbortListener } from 'node:events';
import replyFrom from '@fastify/reply-from';
import { ApiError, adminBodyTooLarge, type Logger, largestAdminBody } from '@mission-control/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendError, sendFault } from '../server/answer.ts';
import type { FindSender } from '../source/sender-address.ts';
import type { ObservedRequests } from './observed-requests.ts';
import { endToEnd, forwardedRequestHeaders } from './request-headers.ts';

const connectTimeoutMs = 3_000;
/** Until the admin API's response begins. There is no limit for the body: event streams stay open. */
const answerTimeoutMs = 30_000;
const maxConnections = 1_024;

/** Forwards every request that the gateway does not answer itself to the admin API. Bodies are streamed in both directions. */
export const registerForwarding = async (
  server: FastifyInstance,
  options: {
    adminApiUrl: string;
    findSender: FindSender;
    observed: ObservedRequests;
    log: Logger;
    stopping: AbortSignal;
  },
): Promise<void> => {
  const { adminApiUrl, findSender, observed, log, stopping } = options;
  await server.register(replyFrom, {
    base: adminApiUrl,
    disableRequestLogging: true,
    destroyAgent: true,
    undici: {
      connections: maxConnections,
      headersTimeout: answerTimeoutMs,
      bodyTimeout: 0,
      // By default the plugin does not verify the certificate.
      connect: { timeout: connectTimeoutMs, rejectUnauthorized: true },
    },
  });

  // Nest's own error handler is registered too late for this route.
  const errorHandler = (error: Error, _request: FastifyRequest, reply: FastifyReply) =>
    sendFault(reply, error, log);
  server.all('*', { errorHandler }, (request, reply) => {
    // The admin API would close the connection while the body is being forwarded, and its response would be lost.
    if (Number(request.headers['content-length']) > largestAdminBody)
      return sendError(reply, adminBodyTooLarge());
    reply.from(undefined, {
      // By default the plugin retries after some responses. That is up to the caller.
      retryDelay: () => null,
      rewriteRequestHeaders: (_request, headers) =>
        forwardedRequestHeaders(request, headers, findSender(request.raw), observed.traceparentOf(request)),
      rewriteHeaders: (headers) => ({ ...endToEnd(headers), 'x-request-id': request.id }),
      onResponse: (_request, _reply, { stream }) => {
        // An event stream does not end by itself, so a stop ends it.
        if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) {
          const listening = addAbortListener(stopping, () => stream.destroy());
          stream.once('close', () => listening[Symbol.dispose]());
        }
        void reply.send(stream);
      },
      onError: (_reply, { error }) => {
        log.warn(
          { reason: (error.cause as Error | undefined)?.message ?? error.message, request_id: request.id },
          'the admin API did not respond',
        );
        sendError(reply, isTimeout(error) ? timedOut() : unavailable());
      },
    });
  });
};

const isTimeout = (error: Error): boolean => (error as { statusCode?: number }).statusCode === 504;

const unavailable = () =>
  new ApiError(503, 'admin_api_unavailable', 'The admin API is unavailable. Try again.', {
    headers: { 'retry-after': '2' },
  });

const timedOut = () =>
  new ApiError(504, 'admin_api_timeout', 'The admin API did not respond in time.', {
    headers: { 'retry-after': '5' },
  });
