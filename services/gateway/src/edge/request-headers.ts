import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { SenderAddress } from '../source/sender-address.ts';

/** RFC 9110, 7.6.1: headers that apply to one connection only. */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Only this gateway tells the admin API where a request came from. */
const forwarding =
  /^(?:forwarded|x-forwarded(?:-.*)?|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|cf-connecting-ip)$/;

/** The headers without the hop-by-hop ones and those that the `Connection` header names. */
export const endToEnd = (headers: IncomingHttpHeaders): IncomingHttpHeaders => {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.includes(name) && !named.includes(name)),
  );
};

/**
 * The headers of the request forwarded to the admin API.
 *
 * @param headers with the admin API's own host
 * @param traceparent replaces the sender's, with whatever the sender's tracing added to it
 */
export const forwardedRequestHeaders = (
  request: FastifyRequest,
  headers: IncomingHttpHeaders,
  sender: SenderAddress,
  traceparent: string | undefined,
): IncomingHttpHeaders => {
  const kept = Object.fromEntries(
    Object.entries(endToEnd(headers)).filter(([name]) => !forwarding.test(name)),
  );
  delete kept.expect;
  if (traceparent !== undefined) delete kept.tracestate;
  // If no body is forwarded, none must be announced.
  if (request.body === undefined) delete kept['content-length'];
  return {
    ...kept,
    ...(traceparent !== undefined && { traceparent }),
    'x-request-id': request.id,
    'x-real-ip': sender.ip,
    'x-forwarded-for': sender.ip,
    'x-forwarded-proto': protocolOf(request, sender),
    ...(request.headers.host === undefined ? {} : { 'x-forwarded-host': request.headers.host }),
  };
};

const protocolOf = (request: FastifyRequest, sender: SenderAddress): 'http' | 'https' =>
  sender.byProxy && request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
