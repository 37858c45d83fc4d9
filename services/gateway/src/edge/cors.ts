import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

const methods = 'GET, HEAD, POST, PATCH, DELETE';
const requestHeaders = ['Authorization', 'Content-Type', 'X-Agent-Token', 'X-Request-Id', 'Last-Event-ID'];
const exposedHeaders = 'X-Request-Id, Retry-After, X-Payload-Receipt, Preference-Applied';
const preflightSeconds = 600;

/** RFC 9110, 5.6.2. */
const token = /^[!#$%&'*+.^_`|~\w-]+$/;
const longestRequestedHeaders = 2_048;

const isAllowedOrigin = (origins: readonly string[], { origin }: IncomingHttpHeaders): boolean =>
  origin !== undefined && origins.includes(origin);

/**
 * Lets pages of the configured origins read the response, whatever its status. Credentials are sent in the `Authorization` header only,
 * so cookies are never allowed. Sets headers on Node's own response, because some responses are written without Fastify's reply.
 */
export const allowOrigin = (
  origins: readonly string[],
  { headers }: IncomingMessage,
  response: ServerResponse,
): void => {
  if (origins.length === 0) return;
  response.setHeader('vary', 'Origin');
  if (!isAllowedOrigin(origins, headers)) return;
  response
    .setHeader('access-control-allow-origin', headers.origin as string)
    .setHeader('access-control-expose-headers', exposedHeaders);
};

/** Whether this is a preflight from a configured origin. For other origins a preflight is treated like any other request. */
export const isAllowedPreflight = (
  origins: readonly string[],
  { method, headers }: FastifyRequest,
): boolean =>
  method === 'OPTIONS' &&
  headers['access-control-request-method'] !== undefined &&
  isAllowedOrigin(origins, headers);

/**
 * Answers a preflight from a configured origin.
 *
 * @param anyHeader allows every header that the page asks for. Which headers senders need depends on the webhook's configuration. Looking
 * that up would cost a read of the event store and reveal whether the webhook exists.
 */
export const answerPreflight = (
  request: FastifyRequest,
  reply: FastifyReply,
  { anyHeader }: { anyHeader: boolean },
): void => {
  const allowed = anyHeader
    ? [...requestHeaders, ...requestedHeaders(request.headers['access-control-request-headers'])]
    : requestHeaders;
  if (anyHeader) void reply.header('vary', 'Origin, Access-Control-Request-Headers');
  void reply
    .code(204)
    .header('access-control-allow-methods', methods)
    .header('access-control-allow-headers', allowed.join(', '))
    .header('access-control-max-age', preflightSeconds)
    .header('x-request-id', request.id)
    .send();
};

/** The header names that a preflight asks for, without those that are always allowed; empty if any of them is not a header name. */
const requestedHeaders = (value: string | undefined): string[] => {
  if (value === undefined || value.length > longestRequestedHeaders) return [];
  const names = value.split(',').map((name) => name.trim());
  if (!names.every((name) => token.test(name))) return [];
  return names.filter((name) => !requestHeaders.some((one) => one.toLowerCase() === name.toLowerCase()));
};
