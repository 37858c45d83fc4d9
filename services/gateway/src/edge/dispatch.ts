import { ApiError, type ObservedRequest } from '@mission-control/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendError } from '../server/answer.ts';
import { faultOf } from '../server/readable-request.ts';
import type { FindSender, SenderAddress } from '../source/sender-address.ts';
import { allowOrigin, answerPreflight, isAllowedPreflight } from './cors.ts';
import type { ObservedRequests } from './observed-requests.ts';
import { adminMethods, routeOf } from './route.ts';

type AnswerIngest = (
  request: FastifyRequest,
  reply: FastifyReply,
  target: { boardId: string; webhookId: string; observed: ObservedRequest },
) => Promise<void>;

/** A request for a webhook that was rejected because of its URL or method. */
export interface MisaddressedRequest {
  readonly request: FastifyRequest;
  readonly sender: SenderAddress;
  readonly status: number;
}

/** Answers a request, or passes it on to the router. */
export type Dispatch = (request: FastifyRequest, reply: FastifyReply, next: () => void) => void;

export interface DispatchOptions {
  readonly answerIngest: AnswerIngest;
  readonly corsOrigins: readonly string[];
  readonly findSender: FindSender;
  readonly observed: ObservedRequests;
  /** Called after the response. Never throws. */
  readonly onMisaddressed: (misaddressed: MisaddressedRequest) => void;
}

const badPath = () => new ApiError(400, 'bad_path', 'The request path is ambiguous.');
const notFound = () => new ApiError(404, 'not_found', 'Not found.');
const methodNotAllowed = () =>
  new ApiError(405, 'method_not_allowed', 'Send events to a webhook with POST.', {
    headers: { allow: 'POST' },
  });

/**
 * Decides where each request goes, before anything else looks at it. It is the server's first hook and answers ingest requests itself, so
 * no later hook, parser or route sees them. It also handles requests whose path the router cannot decode, and rejects them as a bad path.
 */
export const createDispatch =
  ({ answerIngest, corsOrigins, findSender, observed, onMisaddressed }: DispatchOptions): Dispatch =>
  (request, reply, next) => {
    allowOrigin(corsOrigins, request.raw, reply.raw);
    const route = routeOf(request.method, request.raw.url ?? '');
    const inProgress = observed.begin(request, reply, route);
    const fault = faultOf(request.raw);
    if (fault) {
      inProgress.failedWith(fault.code);
      return sendError(reply, fault);
    }
    // Node's parser stops at an upgrade request and loses the bytes that followed it, so nothing may be sent after it.
    if (request.headers.upgrade !== undefined) void reply.header('connection', 'close');
    const reject = (error: ApiError): void => {
      inProgress.failedWith(error.code);
      sendError(reply, error);
      if (!adminMethods.has(request.method) && request.method !== 'OPTIONS')
        onMisaddressed({ request, sender: findSender(request.raw), status: error.status });
    };
    if (route.kind !== 'bad_path' && isAllowedPreflight(corsOrigins, request)) {
      return answerPreflight(request, reply, { anyHeader: route.kind !== 'forward' });
    }
    switch (route.kind) {
      case 'ingest':
        void inProgress.run(() => answerIngest(request, reply, { ...route, observed: inProgress }));
        return;
      case 'wrong_method':
        return reject(methodNotAllowed());
      case 'bad_path':
        return reject(badPath());
      case 'not_found':
        return reject(notFound());
      case 'forward':
        // Only the admin API knows which paths exist below a webhook. A sender may also send a token: the webhook's own.
        if (request.method === 'POST') {
          // After the response, the connection may be closed and its address unknown.
          const sender = findSender(request.raw);
          reply.raw.once('finish', () => {
            const status = reply.statusCode;
            // 401: the path exists below a webhook, but the token is not an admin's.
            if (status === 404 || status === 401) onMisaddressed({ request, sender, status });
          });
        }
        next();
        return;
    }
  };
