import type { FastifyReply, FastifyRequest } from 'fastify';

const methods = 'GET, HEAD, POST, PATCH, DELETE';
const requestHeaders = 'Authorization, Content-Type, X-Agent-Token, X-Request-Id, Last-Event-ID';
const exposedHeaders = 'X-Request-Id, Retry-After';
const preflightSeconds = 600;

/**
 * Lets pages of the configured origins read answers. Credentials travel in the `Authorization` header only, so cookies are never allowed.
 *
 * @returns true when the request was a preflight and is answered
 */
export const answerCors = (
  origins: readonly string[],
  request: FastifyRequest,
  reply: FastifyReply,
): boolean => {
  if (origins.length === 0) return false;
  void reply.header('vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !origins.includes(origin)) return false;
  void reply
    .header('access-control-allow-origin', origin)
    .header('access-control-expose-headers', exposedHeaders);
  const preflight =
    request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
  if (!preflight) return false;
  void reply
    .code(204)
    .header('access-control-allow-methods', methods)
    .header('access-control-allow-headers', requestHeaders)
    .header('access-control-max-age', preflightSeconds)
    .header('x-request-id', request.id)
    .send();
  return true;
};
