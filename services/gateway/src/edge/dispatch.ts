import { ApiError } from '@mission-control/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendError } from '../server/answer.ts';
import { faultOf } from '../server/readable-request.ts';
import { allowOrigin, answerPreflight, isAllowedPreflight } from './cors.ts';
import { routeOf } from './route.ts';

export type AnswerIngest = (
  request: FastifyRequest,
  reply: FastifyReply,
  target: { boardId: string; webhookId: string },
) => Promise<void>;

/** Answers a request, or has it go on to the router. */
export type Dispatch = (request: FastifyRequest, reply: FastifyReply, goOn: () => void) => void;

export interface DispatchOptions {
  readonly answerIngest: AnswerIngest;
  readonly corsOrigins: readonly string[];
}

const badPath = () => new ApiError(400, 'bad_path', 'The path cannot be read in one way only.');
const notFound = () => new ApiError(404, 'not_found', 'There is nothing here.');
const methodNotAllowed = () =>
  new ApiError(405, 'method_not_allowed', 'A webhook takes events by POST.', { headers: { allow: 'POST' } });

/**
 * Decides where each request goes, before anything else looks at it. As the server's first hook it answers ingest itself, and no later
 * hook, parser or route takes part in it. As what answers requests that the router cannot decode, it finds their path bad, too.
 */
export const createDispatch =
  ({ answerIngest, corsOrigins }: DispatchOptions): Dispatch =>
  (request, reply, goOn) => {
    allowOrigin(corsOrigins, request.raw, reply.raw);
    const fault = faultOf(request.raw);
    if (fault) return sendError(reply, fault);
    // Node's parser stops at such a request and loses what came with it: nothing may be sent after it.
    if (request.headers.upgrade !== undefined) void reply.header('connection', 'close');
    const route = routeOf(request.method, request.raw.url ?? '');
    if (route.kind !== 'bad_path' && isAllowedPreflight(corsOrigins, request)) {
      return answerPreflight(request, reply, { anyHeader: route.kind !== 'elsewhere' });
    }
    switch (route.kind) {
      case 'ingest':
        void answerIngest(request, reply, route);
        return;
      case 'wrong_method':
        return sendError(reply, methodNotAllowed());
      case 'bad_path':
        return sendError(reply, badPath());
      case 'not_found':
        return sendError(reply, notFound());
      case 'elsewhere':
        goOn();
        return;
    }
  };
